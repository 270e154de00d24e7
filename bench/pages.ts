import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';

import { packageRoot } from '../src/infra/config/index.js';
import { acquireEmbeddedPostgres, removeEmbeddedPostgres } from '../src/infra/database/index.js';
import { fillTasks } from './support/fill-tasks.js';

const OPTIONS = {
  tasks: { type: 'string', default: '100000' },
  rounds: { type: 'string', default: '15' },
} as const;
const GOAL_MS = 300;

/** How long a person waits until a page shows something, in a real browser over a table of many tasks. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const folder = await mkdtemp(join(tmpdir(), 'polarline-bench-pages-'));
  const server = await acquireEmbeddedPostgres(join(folder, 'postgres'), { port: 0, durable: false });
  let service: ChildProcess | undefined;
  let browser: Browser | undefined;
  try {
    const overrides = [
      `database.url=${server.url}`,
      `storage.dataFolder=${JSON.stringify(join(folder, 'data'))}`,
      'server.port=0',
      'logging.level=error',
    ];
    const tasks = Number(values.tasks);
    const [newest] = await fillTasks(server.url, overrides, tasks);
    service = fork(fileURLToPath(new URL('./support/api-child.js', import.meta.url)), [JSON.stringify(overrides)]);
    const [{ url }] = (await once(service, 'message')) as [{ url: string }];
    browser = await startBrowser();
    const pages: Record<string, string> = {
      dashboard: '/',
      'dashboard, last page': `/?offset=${Math.max(0, tasks - 50)}`,
      'dashboard, one line': '/?site=HPH&line=V3',
      'dashboard, searched': '/?text=aoi/4242',
      task: `/tasks/${newest!}`,
      settings: '/settings',
      audit: '/settings/audit',
    };
    console.log(`First content of pages over ${tasks} tasks; goal: under ${GOAL_MS} ms`);
    for (const [name, path] of Object.entries(pages)) {
      const times = await firstContentMs(browser, url + path, Number(values.rounds));
      const at = (share: number): string =>
        times[Math.min(times.length - 1, Math.floor(share * times.length))]!.toFixed(0);
      console.log(`${name.padEnd(22)} median ${at(0.5)} ms, worst ${at(1)} ms`);
    }
  } finally {
    await browser?.close();
    service?.kill();
    await server.release();
    await removeEmbeddedPostgres(join(folder, 'postgres'));
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sorted; the first visit, which also fetches style and scripts, is left out. */
async function firstContentMs(browser: Browser, address: string, rounds: number): Promise<number[]> {
  const context = await browser.newContext();
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const page = await context.newPage();
    await page.goto(address);
    const painted = await page.evaluate(
      `new Promise((resolve) => new PerformanceObserver((list) => list.getEntriesByName('first-contentful-paint').forEach((entry) => resolve(entry.startTime))).observe({ type: 'paint', buffered: true }))`,
    );
    if (round > 0) times.push(Number(painted));
    await page.close();
  }
  await context.close();
  return times.sort((a, b) => a - b);
}

async function startBrowser(): Promise<Browser> {
  const script = pathToFileURL(join(packageRoot(), 'scripts', 'browser.mjs')).href;
  const { launchBrowser } = (await import(script)) as { readonly launchBrowser: () => Promise<Browser> };
  return launchBrowser();
}
