import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';

import { packageRoot } from '../src/infra/config/index.js';
import { acquireEmbeddedPostgres, removeEmbeddedPostgres } from '../src/infra/database/index.js';
import { fillTasks } from './support/fill-tasks.js';

const OPTIONS = {
  tasks: { type: 'string', default: '100000' },
  rounds: { type: 'string', default: '15' },
} as const;
const GOAL_MS = 300;
/** What is largest may be painted again, larger. */
const SETTLE_MS = 100;

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
    console.log(`Pages over ${tasks} tasks, milliseconds, median (worst); goal: first content under ${GOAL_MS}`);
    console.log('                       new tab: first, largest     link: first, largest');
    for (const [name, path] of Object.entries(pages)) {
      const rounds = Number(values.rounds);
      const [fresh, followed] = [
        await inNewTabs(browser, url, path, rounds),
        await byLinks(browser, url, path, rounds),
      ];
      const shown = [fresh, followed].flatMap((visits) => [
        spread(visits.map(({ firstMs }) => firstMs)),
        spread(visits.map(({ largestMs }) => largestMs)),
      ]);
      console.log(`${name.padEnd(22)} ${shown.map((text) => text.padEnd(13)).join('')}`);
    }
  } finally {
    await browser?.close();
    service?.kill();
    await server.release();
    await removeEmbeddedPostgres(join(folder, 'postgres'));
    await rm(folder, { recursive: true, force: true });
  }
}

/** From the navigation's start until the page shows something, and until its largest part is there. */
interface Visit {
  readonly firstMs: number;
  readonly largestMs: number;
}

/** Each visit in a tab of its own, for which the browser starts a process. Style and scripts are in its cache. */
async function inNewTabs(browser: Browser, url: string, path: string, rounds: number): Promise<Visit[]> {
  const context = await browser.newContext();
  const visits: Visit[] = [];
  for (let round = 0; round <= rounds; round++) {
    const page = await context.newPage();
    visits.push(await visit(page, url + path));
    await page.close();
  }
  await context.close();
  return visits.slice(1);
}

/** From page to page of the service in one tab, as people who use it go. */
async function byLinks(browser: Browser, url: string, path: string, rounds: number): Promise<Visit[]> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const visits: Visit[] = [];
  for (let round = 0; round <= rounds; round++) {
    await page.goto(`${url}/images`);
    visits.push(await visit(page, url + path));
  }
  await context.close();
  return visits.slice(1);
}

async function visit(page: Page, address: string): Promise<Visit> {
  await page.goto(address);
  return page.evaluate(
    `new Promise((resolve) => {
      const visit = { firstMs: 0, largestMs: 0 };
      const observer = new PerformanceObserver((list) => {
        for (const { name, entryType, startTime } of list.getEntries()) {
          if (name === 'first-contentful-paint') visit.firstMs = startTime;
          if (entryType === 'largest-contentful-paint') visit.largestMs = startTime;
        }
        if (visit.firstMs > 0 && visit.largestMs > 0) setTimeout(() => resolve(visit), ${SETTLE_MS});
      });
      for (const type of ['paint', 'largest-contentful-paint']) observer.observe({ type, buffered: true });
    })`,
  );
}

/** `180 (240)` */
function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]!.toFixed(0)} (${sorted.at(-1)!.toFixed(0)})`;
}

async function startBrowser(): Promise<Browser> {
  const script = pathToFileURL(join(packageRoot(), 'scripts', 'browser.mjs')).href;
  const { launchBrowser } = (await import(script)) as { readonly launchBrowser: () => Promise<Browser> };
  return launchBrowser();
}
