import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeDemoConfigs } from '../dist/demo/demo-config.js';
import { prepareDemoFolder } from '../dist/demo/demo-folder.js';
import { startFactory } from '../dist/demo/factory.js';
import { generateLine } from '../dist/demo/line/index.js';
import { runMainJob } from '../dist/demo/main-job.js';
import { RestClient } from '../dist/demo/rest-client.js';
import { ServiceProcess } from '../dist/demo/service-process.js';
import { CHROMIUM, launchBrowser } from './browser.mjs';

// Pictures of every page with real content: a simulated line, a finished training, one that waits and one at work.
// npm run screenshots -- [folder, default screenshots] [light, dark, phone, wall (the default), zh-TW, zh-CN or vi]
const OUT = resolve(process.argv[2] ?? 'screenshots');
const WANTED = process.argv.length > 3 ? process.argv.slice(3) : ['light', 'dark', 'phone', 'wall'];
const PASSWORD = 'a long enough password';
const LINE = { seed: 7, imagesPerClass: 12, maxClasses: 6 };
const PHONE = { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const MODES = {
  light: { viewport: { width: 1280, height: 800 } },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone: PHONE,
  wall: { viewport: { width: 3840, height: 2160 } },
  ...Object.fromEntries(['zh-TW', 'zh-CN', 'vi'].map((locale) => [locale, { ...PHONE, locale }])),
};
/** The pages that hang on a wall, or that somebody looks at all day. */
const ON_THE_WALL = ['dashboard', 'new-training', 'gate', 'task', 'results', 'image-part', 'settings'];

if (!CHROMIUM) {
  console.error('Expected a Chromium at /usr/bin/chromium, found none; install it (Debian: apt-get install chromium).');
  process.exit(1);
}

const root = await mkdtemp(join(tmpdir(), 'polarline-screenshots-'));
const closers = [];
try {
  await takeAll(await prepareDemoFolder(join(root, 'demo')));
} finally {
  for (const close of closers.reverse()) await close();
  await rm(root, { recursive: true, force: true });
}

async function takeAll(folder) {
  const line = await generateLine({ ...LINE, outputDir: folder.line });
  const factory = await startFactory(folder.factory, line.rows, line.inputDir);
  closers.push(() => factory.close());
  await writeDemoConfigs(folder.configs, line.site, factory, { seed: LINE.seed, maxEpochs: 6 });
  const service = await ServiceProcess.start({
    configFolder: folder.configs,
    dataFolder: folder.data,
    secrets: { DEMO_FACTORY_PASSWORD: factory.database.password, DEMO_SSH_PASSWORD: factory.ssh.password },
    logPath: folder.serviceLog,
    verbose: false,
  });
  closers.push(() => service.stop());
  const ids = await fill(service, line, folder.runs);
  const browser = await launchBrowser();
  closers.push(() => browser.close());
  await mkdir(OUT, { recursive: true });
  const { first, storageState } = await addPeople(browser, service.url);
  for (const [name, bytes] of first) await save(name, bytes);
  for (const [mode, options] of Object.entries(MODES)) {
    if (!WANTED.includes(mode)) continue;
    const context = await browser.newContext({ locale: 'en-GB', bypassCSP: true, storageState, ...options });
    for (const [name, path] of Object.entries(pagesOf(ids)))
      if (mode !== 'wall' || ON_THE_WALL.includes(name)) await take(context, service.url + path, `${name}-${mode}`);
    await context.close();
    const stranger = await browser.newContext({ locale: 'en-GB', bypassCSP: true, ...options });
    await take(stranger, `${service.url}/sign-in`, `sign-in-${mode}`);
    await stranger.close();
  }
  console.log(`Screenshots are in ${OUT}`);
}

/** One task that is done, one at its gate, one that trains for long, one that was cancelled. */
async function fill(service, line, runs) {
  const rest = new RestClient(service.url);
  const signal = new AbortController().signal;
  const spec = { rest, line, runs, signal, say: console.log, isAlive: () => service.alive };
  const { task, answers } = await runMainJob(spec);
  const start = (extra = {}) =>
    rest.post('/training/start', {
      input_dir: line.inputDir,
      output_dir: runs,
      site: line.site,
      line_id: line.lineId,
      ...extra,
    });
  const reaches = async ({ task_id: id }, status) => {
    while ((await rest.get(`/training/status/${id}`)).status !== status) await sleep(300);
    return id;
  };
  const cancelled = await reaches(await start(), 'pending_orientation');
  await rest.post(`/training/cancel/${cancelled}`, {});
  const waiting = await reaches(await start(), 'pending_orientation');
  const running = await reaches(await start({ max_epochs: 200 }), 'pending_orientation');
  await rest.post(`/orientation/confirm/${running}`, answers);
  while (((await rest.get(`/training/status/${running}`)).latest_epoch?.epoch ?? 0) < 2) await sleep(300);
  await rest.post('/config/update', { training: { max_epochs: 30 } });
  await rest.post('/config/update', { training: { learning_rate: 0.001 }, loss: { sub_centers: 2 } });
  const { goldens } = await rest.get(`/training/golden/${task.task_id}`);
  return { done: task.task_id, waiting, running, golden: goldens[0].id, part: await fillPool(rest, line) };
}

/** Images fetched from the line, some of them sorted, one thrown away. */
async function fillPool(rest, line) {
  const days = line.rows.map(({ create_time: at }) => at.slice(0, 10)).sort();
  const part = line.rows[0].part_number;
  const place = `site=${line.site}&line_id=${line.lineId}`;
  const { task_id: id } = await rest.post('/download/rawdata', {
    site: line.site,
    line_id: line.lineId,
    part_number: part,
    start_date: days[0],
    end_date: days.at(-1),
    limit: 40,
  });
  while (['pending', 'running'].includes((await rest.get(`/download/status/${id}`)).status)) await sleep(300);
  const { images } = await rest.get(`/download/images/${part}?${place}&limit=40`);
  const classifications = Object.fromEntries(
    images.slice(1, 13).map(({ file }, i) => [file, i % 4 === 3 ? 'NG' : 'OK']),
  );
  await rest.post(`/download/classify/${part}?${place}`, { classifications });
  await fetch(`${rest.baseUrl}/download/images/${part}/${encodeURIComponent(images[0].file)}?${place}`, {
    method: 'DELETE',
  });
  return part;
}

/** Through the pages, as a person does it; afterwards everybody has to sign in. */
async function addPeople(browser, url) {
  const context = await browser.newContext({ locale: 'en-GB', ...MODES.light });
  const page = await context.newPage();
  await page.goto(`${url}/settings/users`);
  const first = [['users-first-light', await page.screenshot({ fullPage: true })]];
  const add = async (name, role, sites = '') => {
    if (!(await page.locator('input[name=name]').isVisible())) await page.locator('details.card > summary').click();
    await page.fill('input[name=name]', name);
    await page.fill('input[name=password]', PASSWORD);
    await page.selectOption('select[name=role]', role);
    await page.fill('input[name=sites]', sites);
    await page.locator('form.columns button').click();
  };
  await add('root', 'admin');
  await page.fill('input[name=name]', 'root');
  await page.fill('input[name=password]', PASSWORD);
  await page.locator('main button').click();
  await page.goto(`${url}/settings/users`);
  await add('linh', 'operator', 'HPH');
  await add('chen', 'engineer');
  await page.goto(`${url}/settings/keys`);
  await page.fill('input[name=name]', 'MES V31');
  await page.selectOption('select[name=role]', 'engineer');
  await page.locator('form.columns button').click();
  first.push(['key-made-light', await page.screenshot({ fullPage: true })]);
  // The dashboard looks for engines once it is asked.
  await page.goto(url);
  await page.locator('.machine-fact', { hasText: 'onnx-' }).first().waitFor({ timeout: 60_000 });
  const storageState = await context.storageState();
  await context.close();
  return { first, storageState };
}

function pagesOf({ done, waiting, running, golden, part }) {
  return {
    dashboard: '/',
    'new-training': '/train/new',
    gate: `/orientation/${waiting}`,
    task: `/tasks/${done}`,
    results: `/tasks/${done}/results`,
    'task-running': `/tasks/${running}`,
    rejected: `/tasks/${done}/rejected`,
    'gate-closed': `/orientation/${done}`,
    'result-images': `/tasks/${done}/results/images`,
    'golden-swap': `/tasks/${done}/results/golden?golden=${encodeURIComponent(golden)}`,
    compare: `/compare?a=${done}&b=${done}`,
    images: '/images',
    'image-part': `/images/part/${encodeURIComponent(part)}`,
    'image-trash': '/images/trash',
    settings: '/settings',
    'settings-diff': '/settings/diff?from=0&to=2',
    'settings-service': '/settings/service',
    users: '/settings/users',
    user: '/settings/users/linh',
    keys: '/settings/keys',
    audit: '/settings/audit',
    account: '/settings/account',
    'not-found': '/nowhere',
  };
}

async function take(context, address, name) {
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'load' });
  // What sticks to the window's edge would lie over the middle of a picture of the whole page.
  await page.addStyleTag({ content: '.form-foot, .gate-foot { position: static !important; }' });
  // A picture of the whole page shows what is far below the window, too.
  await page.evaluate(() => {
    for (const image of document.images) image.loading = 'eager';
    return Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  });
  // Charts are drawn once the page is painted, and settle; pages that follow events are never idle on the network.
  await page.waitForFunction(() =>
    [...document.querySelectorAll('canvas')].every((one) => globalThis.Chart?.getChart(one)),
  );
  await sleep(300);
  await save(name, await page.screenshot({ fullPage: true }));
  await page.close();
}

async function save(name, bytes) {
  await writeFile(join(OUT, `${name}.png`), bytes);
}
