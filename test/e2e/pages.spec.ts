import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { startService, type RunningService } from '../../src/main.js';
import { describeWithBrowser } from '../support/browser.js';
import { BrowserPages, PHONE } from '../support/browser-pages.js';
import { eventually } from '../support/eventually.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { createTinyLine, type TinyLine } from '../support/tiny-line.js';
import { TINY_TRAINING } from '../support/tiny-training.js';

const LANGUAGES = { en: 'Tasks', 'zh-TW': '任務', 'zh-CN': '任务', vi: 'Tác vụ' };

/** The parts of Chart.js that are used inside the browser. */
interface ChartWindow {
  readonly Chart: {
    getChart(id: string): {
      readonly data: { readonly datasets: readonly unknown[] };
      getDatasetMeta(index: number): { readonly yScale?: { readonly axis: string } };
    };
  };
}

describeWithBrowser('pages in a browser', () => {
  let place: ServicePlace;
  let service: RunningService;
  let line: TinyLine;
  let browser: BrowserPages;

  beforeAll(async () => {
    place = await createServicePlace();
    line = await createTinyLine(place.root, { boards: 8 });
    service = await startService({ overrides: place.overrides, worker: 'inProcess' });
    browser = await BrowserPages.launch();
  });

  afterAll(async () => {
    await browser?.close();
    await service?.stop();
    await place?.release();
  });

  afterEach(async () => {
    expect(await browser.endTest()).toEqual([]);
  });

  const open = (path: string, options?: BrowserContextOptions): Promise<Page> =>
    browser.open(`${service.url}${path}`, options);
  const start = async (): Promise<string> => {
    const answer = await fetch(`${service.url}/training/start`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        input_dir: line.inputDir,
        site: 'HPH',
        line_id: 'V31',
        metadata_csv: line.metadataCsv,
        model_config: { ...TINY_TRAINING.model, embedding_size: 16, embeddingSize: undefined },
        data_config: TINY_TRAINING.data,
        training_config: TINY_TRAINING.training,
        evaluation_config: TINY_TRAINING.evaluation,
        max_epochs: 2,
      }),
    });
    const { task_id } = (await answer.json()) as { task_id: string };
    await reaches(task_id, 'pending_orientation');
    return task_id;
  };
  const reaches = (id: string, status: string): Promise<void> =>
    eventually(async () => {
      const task = (await (await fetch(`${service.url}/training/status/${id}`)).json()) as { status: string };
      return task.status === status;
    });
  const drafts = async (id: string): Promise<unknown[]> => {
    const answer = await fetch(`${service.url}/orientation/samples/${id}`);
    return ((await answer.json()) as { classes: { draft: unknown }[] }).classes.map(({ draft }) => draft);
  };
  const barriers = (page: Page): Promise<string[]> => browser.barriers(page);
  const sideways = (page: Page): Promise<number> => browser.sidewaysPx(page);

  it.each(Object.entries(LANGUAGES))('speaks %s when the browser asks for it', async (locale, title) => {
    const page = await open('/', { locale });
    expect(await page.locator('html').getAttribute('lang')).toBe(locale);
    expect(await page.locator('h1').textContent()).toBe(title);
  });

  it('changes the language and stays on the page', async () => {
    const page = await open('/?text=V31');
    await page.locator('.languages summary').click();
    await browser.follow(page, page.getByRole('link', { name: 'Tiếng Việt' }));
    expect(page.url()).toBe(`${service.url}/?text=V31`);
    await page.goto(`${service.url}/nowhere`);
    expect(await page.locator('h1').textContent()).toBe('Không có gì ở đây');
  });

  it('takes a gate by keyboard, keeps the draft over a reload, undoes, and shows the run to its end', async () => {
    const id = await start();
    const dashboard = await open('/');
    const page = dashboard;
    await browser.follow(page, page.getByRole('link', { name: 'Answer orientations' }).first());
    await page.locator('.gate-card.current').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator('.gate-card.answered').first().waitFor();
    const turns = await Promise.all(
      (await page.locator('.preview:visible img').all()).map((image) => image.getAttribute('class')),
    );
    expect(turns).toEqual(['turn-270', 'turn-0', 'turn-90', 'turn-180']);
    await eventually(async () => (await drafts(id))[0] === 'Right');
    await page.reload();
    expect(await page.locator('#gate-count').textContent()).toBe('1 of 2');
    await page.keyboard.press('3');
    await page.keyboard.press('z');
    await eventually(async () => JSON.stringify(await drafts(id)) === '["Right",null]');
    expect(await page.locator('#gate-count').textContent()).toBe('1 of 2');
    await page.locator('.gate-card select').nth(1).selectOption('2');
    await page.locator('.gate-card').nth(1).locator('input').first().focus();
    await page.keyboard.press('1');
    await eventually(async () => JSON.stringify((await drafts(id))[1]) === '{"symmetry":2,"orientation":"Up"}');
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press('Enter');
    expect(await page.locator('#gate-summary td').allTextContents()).toEqual(['1', '1', '0', '0', '0']);
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Confirm and train' }).click();
    await page.waitForURL(`${service.url}/tasks/${id}`);
    await page.locator('.status-completed').waitFor();
    await page.waitForLoadState('load');
    expect(await page.locator('#epochs tr').count()).toBe(2);
    expect(await page.locator('.figures dd').first().textContent()).toMatch(/^[01]\.\d{4}$/);
    expect((await page.locator('#curves').boundingBox())!.height).toBeGreaterThan(100);
    // Every curve is on a scale of its own kind; the learning rate was once on a radial one, and not to be seen.
    expect(
      await page.evaluate(() => {
        const chart = (globalThis as unknown as ChartWindow).Chart.getChart('curves');
        return chart.data.datasets.map((_, i) => chart.getDatasetMeta(i).yScale?.axis);
      }),
    ).toEqual(['y', 'y', 'y', 'y']);
    expect(await barriers(page)).toEqual([]);
    await page.goto(service.url!);
    expect(await page.locator('#list .status-completed').count()).toBe(1);
    expect(await barriers(page)).toEqual([]);
  });

  it('lets one of two win a gate and tells the other who it was', async () => {
    const id = await start();
    const [one, two] = await Promise.all([open(`/orientation/${id}`), open(`/orientation/${id}`)]);
    for (const page of [one, two]) {
      for (const key of ['1', '1']) await page.keyboard.press(key);
      await page.keyboard.press('Enter');
    }
    await Promise.all([one, two].map((page) => page.getByRole('button', { name: 'Confirm and train' }).click()));
    const won = (page: Page): boolean => page.url() === `${service.url}/tasks/${id}`;
    const lost = async (page: Page): Promise<boolean> =>
      // A page on its way to another one cannot be asked.
      (await page
        .getByText('was first')
        .count()
        .catch(() => 0)) > 0;
    for (const page of [one, two]) await eventually(async () => won(page) || (await lost(page)));
    expect([won(one), won(two)].sort()).toEqual([false, true]);
  });

  it('works on a phone, by swipe, in the dark, and without scripts', async () => {
    const id = await start();
    const page = await open(`/orientation/${id}`, { ...PHONE, colorScheme: 'dark' });
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    await page.locator('.sample-first').first().scrollIntoViewIfNeeded();
    const box = (await page.locator('.sample-first').first().boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 - 60, box.y + box.height / 2);
    await page.mouse.up();
    await eventually(async () => (await drafts(id))[0] === 'Left');
    expect(await barriers(page)).toEqual([]);
    await page.goto(service.url!);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    await page.goto(`${service.url}/tasks/${id}`);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    expect(await barriers(page)).toEqual([]);

    const plain = await open(`/orientation/${id}`, { javaScriptEnabled: false });
    expect(await plain.locator('input[value=Left]').first().isChecked()).toBe(true);
    await plain.locator('input[value=skip]').nth(1).check();
    await browser.follow(plain, plain.locator('button[type=submit].primary'));
    expect(plain.url()).toBe(`${service.url}/tasks/${id}`);
  });
});
