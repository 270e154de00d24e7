import { beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startService } from '../../src/main.js';
import { describeWithBrowser } from '../support/browser.js';
import { PHONE } from '../support/browser-pages.js';
import { eventually } from '../support/eventually.js';
import { usePages } from '../support/pages-under-test.js';
import { createServicePlace } from '../support/service-harness.js';
import { createTinyLine, type TinyLine } from '../support/tiny-line.js';
import { tinyTrainingAtGate } from '../support/tiny-training.js';

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
  const pages = usePages(createServicePlace, ({ overrides }) => startService({ overrides, worker: 'inProcess' }));
  const { open, barriers, sideways } = pages;
  let line: TinyLine;

  beforeAll(async () => {
    line = await createTinyLine(pages.place.root, { boards: 8 });
  });

  const start = (): Promise<string> => tinyTrainingAtGate(pages.url, line);
  const drafts = async (id: string): Promise<unknown[]> => {
    const answer = await fetch(`${pages.url}/orientation/samples/${id}`);
    return ((await answer.json()) as { classes: { draft: unknown }[] }).classes.map(({ draft }) => draft);
  };

  it.each(Object.entries(LANGUAGES))('speaks %s when the browser asks for it', async (locale, title) => {
    const page = await open('/', { locale });
    expect(await page.locator('html').getAttribute('lang')).toBe(locale);
    expect(await page.locator('h1').textContent()).toBe(title);
  });

  it('changes the language and stays on the page', async () => {
    const page = await open('/?text=V31');
    await page.locator('.languages summary').click();
    await pages.follow(page, page.getByRole('link', { name: 'Tiếng Việt' }));
    expect(page.url()).toBe(`${pages.url}/?text=V31`);
    await page.goto(`${pages.url}/nowhere`);
    expect(await page.locator('h1').textContent()).toBe('Không có gì ở đây');
  });

  it('takes a gate by keyboard, keeps the draft over a reload, undoes, and shows the run to its end', async () => {
    const id = await start();
    const dashboard = await open('/');
    const page = dashboard;
    await pages.follow(page, page.getByRole('link', { name: 'Answer orientations' }).first());
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
    await page.waitForURL(`${pages.url}/tasks/${id}`);
    await page.locator('.status-completed').waitFor();
    await page.waitForLoadState('load');
    expect(await page.locator('#epochs tr').count()).toBe(2);
    expect(await page.locator('.figures dd').first().textContent()).toMatch(/^[01]\.\d{4}$/);
    expect((await page.locator('#curves').boundingBox())!.height).toBeGreaterThan(100);
    await eventually(() =>
      page.evaluate(() => Boolean((globalThis as unknown as Partial<ChartWindow>).Chart?.getChart('curves'))),
    );
    // Every curve is on a scale of its own kind; the learning rate was once on a radial one, and not to be seen.
    expect(
      await page.evaluate(() => {
        const chart = (globalThis as unknown as ChartWindow).Chart.getChart('curves');
        return chart.data.datasets.map((_, i) => chart.getDatasetMeta(i).yScale?.axis);
      }),
    ).toEqual(['y', 'y', 'y', 'y']);
    expect(await barriers(page)).toEqual([]);
    await page.goto(pages.url);
    expect(await page.locator('#list .status-completed').count()).toBe(1);
    expect(await barriers(page)).toEqual([]);
  });

  it('goes on following a task and the list after a proxy’s 502, and after the page was hidden', async () => {
    const id = await start();
    const [task, list] = [await open('/'), await open('/')];
    for (const [page, stream] of [
      [task, '**/training/events/*'],
      [list, '**/dashboard/events'],
    ] as const)
      await page.route(stream, (route) => route.fulfill({ status: 502, body: 'Bad Gateway' }), { times: 1 });
    // Browsers give a stream of events up for good at such an answer.
    const refused = [task, list].map((page) => page.waitForResponse((answer) => answer.status() === 502));
    const back = task.waitForResponse((answer) => answer.url().includes('/training/events/') && answer.ok());
    await Promise.all([task.goto(`${pages.url}/tasks/${id}`), list.reload()]);
    await Promise.all([...refused, back]);
    await task.locator('.status-pending_orientation').waitFor();
    const show = (page: Page, state: 'hidden' | 'visible'): Promise<void> =>
      page.evaluate((visibility) => {
        const { document } = globalThis as unknown as { document: EventTarget };
        Object.defineProperty(document, 'visibilityState', { value: visibility, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, state);
    await show(task, 'hidden');
    await fetch(`${pages.url}/training/cancel/${id}`, { method: 'POST' });
    await show(task, 'visible');
    await task.locator('.status-cancelled').waitFor();
    await list.locator('#list .status-cancelled').first().waitFor();

    // What comes in place of the list is no list. A page that is seen again asks at once.
    await list.route(pages.url + '/', (route) => route.fulfill({ status: 502, body: 'Bad Gateway' }), { times: 1 });
    await show(list, 'visible');
    await list.locator('#offline').waitFor();
    await show(list, 'visible');
    await list.locator('#offline').waitFor({ state: 'hidden' });
  });

  it('lets one of two win a gate and tells the other who it was', async () => {
    const id = await start();
    const [one, two] = await Promise.all([open(`/orientation/${id}`), open(`/orientation/${id}`)]);
    for (const page of [one, two]) {
      for (const key of ['1', '1']) await page.keyboard.press(key);
      await page.keyboard.press('Enter');
    }
    await Promise.all([one, two].map((page) => page.getByRole('button', { name: 'Confirm and train' }).click()));
    const won = (page: Page): boolean => page.url() === `${pages.url}/tasks/${id}`;
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
    await page.goto(pages.url);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    await page.goto(`${pages.url}/tasks/${id}`);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    expect(await barriers(page)).toEqual([]);

    const plain = await open(`/orientation/${id}`, { javaScriptEnabled: false });
    expect(await plain.locator('input[value=Left]').first().isChecked()).toBe(true);
    await plain.locator('input[value=skip]').nth(1).check();
    await pages.follow(plain, plain.locator('button[type=submit].primary'));
    expect(plain.url()).toBe(`${pages.url}/tasks/${id}`);
  });
});
