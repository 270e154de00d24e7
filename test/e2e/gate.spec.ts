import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import pg from 'pg';
import type { Locator, Page, Route } from 'playwright-core';
import { startService } from '../../src/main.js';
import { describeWithBrowser } from '../support/browser.js';
import { PHONE } from '../support/browser-pages.js';
import { eventually } from '../support/eventually.js';
import { usePages } from '../support/pages-under-test.js';
import { createServicePlace } from '../support/service-harness.js';
import { createTinyLine, type TinyLineOptions } from '../support/tiny-line.js';
import { tinyTrainingAtGate } from '../support/tiny-training.js';

/** The parts of the browser that are used inside of it. */
interface DrawnElement {
  readonly ownerDocument: { elementFromPoint(x: number, y: number): DrawnElement | null };
  contains(other: DrawnElement): boolean;
  checkVisibility(options: { readonly contentVisibilityAuto: boolean }): boolean;
  getBoundingClientRect(): { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

const QUESTION = {
  en: 'Which way does each part point?',
  'zh-TW': '每個零件朝哪個方向？',
  'zh-CN': '每个元件朝哪个方向？',
  vi: 'Mỗi linh kiện quay về hướng nào?',
};

describeWithBrowser('the orientation gate in a browser', () => {
  const pages = usePages(createServicePlace, ({ overrides }) => startService({ overrides, worker: 'inProcess' }));
  const { open } = pages;
  let lines = 0;

  const gateOf = async (classes: number, options: TinyLineOptions = {}): Promise<string> => {
    const line = await createTinyLine(join(pages.place.root, `line-${++lines}`), {
      components: Array.from({ length: classes }, (_, i) => `U${100 + i}`),
      boards: 3,
      ng: 0,
      ...options,
    });
    return tinyTrainingAtGate(pages.url, line);
  };

  const countOf = (page: Page): Promise<string | null> => page.locator('#gate-count').textContent();
  const draftOf = async (id: string): Promise<{ answered: number }> =>
    (await (await fetch(`${pages.url}/orientation/draft/${id}`)).json()) as { answered: number };
  const currentClass = async (page: Page): Promise<string> =>
    (await page.locator('.gate-card.current legend').textContent())!.split(' ')[0]!;
  /** Whether the middle of what is meant lies in the window with nothing over it. */
  const reachable = (target: Locator): Promise<boolean> =>
    target.evaluate((node) => {
      const element = node as unknown as DrawnElement;
      const box = element.getBoundingClientRect();
      const hit = element.ownerDocument.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return hit !== null && (element.contains(hit) || hit.contains(element));
    });

  it('takes twelve classes by keyboard alone, one key a class', async () => {
    const id = await gateOf(12);
    const page = await open(`/orientation/${id}`);
    await page.locator('.gate-card.current').waitFor();
    let keys = 0;
    const press = async (key: string): Promise<void> => {
      await page.keyboard.press(key);
      keys++;
    };
    for (let i = 0; i < 12; i++) {
      expect(await currentClass(page)).toBe(`U${100 + i}`);
      await eventually(() => reachable(page.locator('.gate-card.current .sample-first')));
      await press(['ArrowUp', '2', 'ArrowDown', '0'][i % 4]!);
      expect(await countOf(page)).toBe(`${i + 1} of 12`);
    }
    await press('Enter');
    expect(await page.locator('#gate-summary td').allTextContents()).toEqual(['3', '3', '3', '0', '3']);
    await press('Enter');
    await page.waitForURL(`${pages.url}/tasks/${id}`);
    expect(keys).toBe(14);
  });

  it('takes twelve classes by touch, one tap a class, without scrolling by hand', async () => {
    const id = await gateOf(12);
    const page = await open(`/orientation/${id}`, PHONE);
    await page.locator('.gate-card.current').waitFor();
    let taps = 0;
    const tap = async (target: Locator): Promise<void> => {
      await eventually(() => reachable(target));
      const box = (await target.boundingBox())!;
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(32);
      await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
      taps++;
    };
    for (let i = 0; i < 12; i++) {
      expect(await currentClass(page)).toBe(`U${100 + i}`);
      await eventually(() => reachable(page.locator('.gate-card.current .sample-first')));
      await tap(page.locator(`.gate-card.current .choice-${['Up', 'Left', 'Down', 'Right'][i % 4]!}`));
      await page.getByText(`${i + 1} of 12`).waitFor();
    }
    await tap(page.locator('.gate-foot [type=submit]'));
    await tap(page.locator('#gate-summary .primary'));
    await page.waitForURL(`${pages.url}/tasks/${id}`);
    expect(taps).toBe(14);
  });

  it('enlarges a picture that is tapped after a swipe', async () => {
    const id = await gateOf(2);
    const page = await open(`/orientation/${id}`, PHONE);
    await page.locator('.gate-card.current').waitFor();
    // By a finger: unlike a mouse it leaves no click behind.
    const pad = page.locator('.gate-card').first().locator('.sample-first');
    await pad.dispatchEvent('pointerdown', { clientX: 200, clientY: 300, pointerType: 'touch' });
    await pad.dispatchEvent('pointerup', { clientX: 100, clientY: 300, pointerType: 'touch' });
    expect(await countOf(page)).toBe('1 of 2');
    const small = page.locator('.gate-card.current .sample:not(.sample-first)').first();
    await eventually(() => reachable(small));
    await small.tap();
    await page.locator('#gate-zoom[open]').waitFor();
  });

  it('leaves a corrected class where it is, and takes a held Enter for one', async () => {
    const page = await open(`/orientation/${await gateOf(3)}`);
    const choices = page.locator('.gate-card').first();
    await choices.locator('.choice-Up').click();
    expect(await currentClass(page)).toBe('U101');
    await choices.locator('.choice-Left').click();
    expect(await currentClass(page)).toBe('U100');
    for (const card of [1, 2]) await page.locator('.gate-card').nth(card).locator('.choice-Up').click();
    await page.keyboard.down('Enter');
    await page.locator('#gate-summary[open]').waitFor();
    await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    expect(await page.locator('#gate-summary[open]').count()).toBe(1);
    await page.getByText('Draft saved', { exact: true }).waitFor({ state: 'attached' });
    await page.reload();
    expect([await countOf(page), await page.locator('#gate-summary[open]').count()]).toEqual(['3 of 3', 0]);
    await page.keyboard.press('Enter');
    await page.locator('#gate-summary[open]').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.locator('#gate-summary[open]').count()).toBe(0);
  });

  it('holds the angle of the metadata against what was answered last time, and takes nothing by itself', async () => {
    const mounted = (angles: Readonly<Record<string, number | null>>) => ({
      angleDegOf: (component: string) => angles[component] ?? null,
    });
    const before = await gateOf(3, mounted({ U100: 90, U101: 0 }));
    await fetch(`${pages.url}/orientation/confirm/${before}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ answers: { P1_U100_R: 'Left', P1_U101_R: 'Up', P1_U102_R: 'Down' } }),
    });
    const id = await gateOf(3, mounted({ U100: 90, U101: 90 }));
    const page = await open(`/orientation/${id}`);
    const card = (i: number): Locator => page.locator('.gate-card').nth(i);
    expect(await card(0).getByText('The metadata says 90° for 3 of 3 images.').count()).toBe(1);
    expect(await card(0).locator('.suggestion').textContent()).toContain('mounted at 90° then as now');
    expect(await card(1).locator('.suggestion').textContent()).toContain(
      'Last time ↑ Up, mounted at 0°; the metadata now says 90°, so probably → Right or ← Left. Look again.',
    );
    expect(await card(1).locator('.suggestion-take').count()).toBe(0);
    expect(await card(2).getByText('metadata').count()).toBe(0);
    expect(await countOf(page)).toBe('0 of 3');
    expect(await pages.barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Answer 2 as last time' }).click();
    expect([await countOf(page), await currentClass(page)]).toEqual(['2 of 3', 'U101']);
    expect(await card(0).locator('input[value=Left]').isChecked()).toBe(true);

    for (const [locale, question] of Object.entries(QUESTION)) {
      const other = await open(`/orientation/${id}`, { ...PHONE, locale, colorScheme: 'dark' });
      expect(await other.locator('h1').textContent()).toBe(question);
      expect(await pages.sideways(other)).toBeLessThanOrEqual(0);
      expect([locale, await pages.barriers(other)]).toEqual([locale, []]);
    }

    const client = new pg.Client({ connectionString: pages.place.database.url });
    await client.connect();
    await client.query('UPDATE polarline.task_classes SET angles = NULL WHERE task_id = $1', [before]);
    await client.end();
    await page.reload();
    expect(await card(1).locator('.suggestion-take').textContent()).toBe('Same as last time: ↑ Up');
  });

  it('shows what another answers meanwhile, also where it comes with a save of its own', async () => {
    const id = await gateOf(3);
    const [ann, bob] = [await open(`/orientation/${id}`), await open(`/orientation/${id}`)];
    const card = (page: Page, i: number): Locator => page.locator('.gate-card').nth(i);
    // Ann is told by her own saves alone: what came with them was once taken for known and never shown.
    await ann.route('**/orientation/draft/*', (route) =>
      route.request().method() === 'GET' ? route.abort() : route.continue(),
    );
    await card(bob, 2).locator('select').selectOption('2');
    await card(bob, 2).locator('.choice-Left').click();
    await eventually(async () => (await draftOf(id)).answered === 1);
    await card(ann, 0).locator('.choice-Up').click();
    await eventually(async () => (await countOf(ann)) === '2 of 3');
    expect(await card(ann, 2).locator('input[value=Left]').isChecked()).toBe(true);
    expect(await card(ann, 2).locator('select').inputValue()).toBe('2');
    await eventually(async () => (await countOf(bob)) === '2 of 3');
    expect(await card(bob, 0).locator('input[value=Up]').isChecked()).toBe(true);

    await bob.keyboard.press('z');
    await eventually(async () => (await draftOf(id)).answered === 1);
    await card(ann, 1).locator('.choice-Down').click();
    await eventually(async () => (await card(ann, 2).locator('input:checked').count()) === 0);
    expect(await countOf(ann)).toBe('2 of 3');
  });

  it('saves what was answered just before the page is left', async () => {
    const id = await gateOf(3);
    const page = await open(`/orientation/${id}`);
    await page.locator('.gate-card.current').waitFor();
    // The first answer is under way and not confirmed, so the next two wait for it.
    const held: Route[] = [];
    await page.route('**/orientation/draft/*', (route) => {
      if (route.request().method() === 'GET') return route.abort();
      return held.length === 0 ? void held.push(route) : route.continue();
    });
    await page.keyboard.press('ArrowUp');
    await eventually(async () => held.length === 1);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowDown');
    await page.goto(`${pages.url}/tasks/${id}`);
    await eventually(async () => (await draftOf(id)).answered === 2);
  });

  it('tells all classes after a save to those who do not ask for less', async () => {
    const id = await gateOf(2);
    const save = async (headers: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(`${pages.url}/orientation/draft/${id}`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify({ answers: { P1_U100_R: 'Left' } }),
      });
    const full = (await (await save({})).json()) as { classes: { class: string; draft: unknown }[] };
    expect(full.classes.map(({ draft }) => draft)).toEqual(['Left', null]);
    const small = await save({ Prefer: 'respond-async, return=minimal' });
    expect(small.headers.get('Preference-Applied')).toBe('return=minimal');
    expect(await small.json()).toEqual({
      task_id: id,
      status: 'pending_orientation',
      answers: { P1_U100_R: 'Left' },
      answered: 1,
      total: 2,
      saved_by: 'anonymous',
      saved_at: expect.any(String),
    });
  });

  it('stays usable with two hundred classes', async () => {
    const id = await gateOf(200);
    const page = await open('/');
    let pictures = 0;
    page.on('request', (request) => (pictures += Number(request.url().includes('/temp/'))));
    await page.goto(`${pages.url}/orientation/${id}`);
    await page.locator('.gate-card.current .sample-first img').waitFor();
    expect(await page.locator('.gate-card').count()).toBe(200);
    // What is far away is neither fetched nor laid out.
    expect(pictures).toBeLessThan(100);
    const drawn = (card: Locator): Promise<boolean> =>
      card
        .locator('.pad')
        .evaluate((pad) => (pad as unknown as DrawnElement).checkVisibility({ contentVisibilityAuto: true }));
    expect([await drawn(page.locator('.gate-card').first()), await drawn(page.locator('.gate-card').last())]).toEqual([
      true,
      false,
    ]);
    const saved = page.waitForResponse((reply) => reply.request().method() === 'PUT');
    for (let i = 0; i < 120; i++) await page.keyboard.press(String(1 + (i % 4)));
    expect([await countOf(page), await currentClass(page)]).toEqual(['120 of 200', 'U220']);
    expect(await drawn(page.locator('.gate-card.current'))).toBe(true);
    await eventually(() => reachable(page.locator('.gate-card.current .sample-first')));
    expect(await reachable(page.locator('.gate-progress'))).toBe(true);
    await page.getByText('Draft saved', { exact: true }).waitFor();
    // A save used to bring back all classes, 185 KB.
    expect((await (await saved).body()).length).toBeLessThan(10_000);
    expect(JSON.stringify(await draftOf(id)).length).toBeLessThan(10_000);

    await page.reload();
    await page.locator('.gate-card.current').waitFor();
    expect([await countOf(page), await currentClass(page)]).toEqual(['120 of 200', 'U220']);
    await eventually(() => reachable(page.locator('.gate-card.current .sample-first')));
    await page.locator('#gate-open-only').check();
    expect(await page.locator('.gate-card:visible').count()).toBe(80);
    expect(await pages.barriers(page)).toEqual([]);
    await page.locator('.gate-foot [type=submit]').click();
    await page.getByText('80 classes are still open.').waitFor();
    expect(await currentClass(page)).toBe('U220');

    const phone = await open(`/orientation/${id}`, PHONE);
    expect(await pages.sideways(phone)).toBeLessThanOrEqual(0);
    const foot = (await phone.locator('.gate-foot').boundingBox())!;
    expect(foot.height).toBeLessThan(PHONE.viewport.height / 4);
    expect(foot.y + foot.height).toBeLessThanOrEqual(PHONE.viewport.height + 1);
  });
});
