import { beforeAll, expect, it } from '@jest/globals';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { describeWithBrowser } from '../support/browser.js';
import { PHONE } from '../support/browser-pages.js';
import { eventually } from '../support/eventually.js';
import { usePages } from '../support/pages-under-test.js';
import { createPoolPlace, REQUEST } from '../support/pool-place.js';

const COUNT = 30;
const TITLES = {
  en: ['Images', 'PN-1', 'Trash'],
  'zh-TW': ['影像', 'PN-1', '垃圾桶'],
  'zh-CN': ['图像', 'PN-1', '回收站'],
  vi: ['Ảnh', 'PN-1', 'Thùng rác'],
};
/** A folder for pictures of the pages, for people; none are taken without it. */
const PICTURES = process.env.POLARLINE_TEST_PICTURES;

describeWithBrowser('images of a part in a browser', () => {
  const pages = usePages(
    () => createPoolPlace(COUNT),
    (place) => place.start(),
  );
  const { open, barriers, sideways } = pages;

  beforeAll(async () => {
    if (PICTURES) await mkdir(PICTURES, { recursive: true });
  });

  const picture = async (page: Page, name: string): Promise<void> => {
    if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  };
  const counts = async (): Promise<{ ok: number; ng: number; unsorted: number; images: number }> =>
    (await (await fetch(`${pages.url}/download/parts/PN-1`)).json()) as never;
  const sorted = (expected: Readonly<Record<string, number>>): Promise<void> =>
    eventually(async () => {
      const now: Readonly<Record<string, unknown>> = await counts();
      return Object.entries(expected).every(([name, value]) => now[name] === value);
    });
  const fill = async (page: Page, fields: Record<string, string>): Promise<void> => {
    await page.locator('select[name=site]').selectOption(fields.site!);
    for (const name of ['line_id', 'part_number', 'start_date', 'end_date'])
      await page.locator(`input[name=${name}]`).fill(fields[name]!);
  };

  /** Images of a part of their own, as if they had been fetched; more than a page shows. */
  const fillPart = async (part: string, count: number): Promise<string[]> => {
    const files = Array.from({ length: count }, (_, i) => `202503050${80000 + i}_${part}@IC1_1_R.png`);
    const folder = join(pages.place.dataFolder, 'pool', 'HPH', 'V31', part, 'unsorted');
    await mkdir(folder, { recursive: true });
    for (const file of files) await copyFile(join(pages.place.root, 'line', pages.place.files[0]!), join(folder, file));
    const database = new pg.Client({ connectionString: pages.place.database.url });
    await database.connect();
    await database.query(
      `INSERT INTO polarline.pool_images (site, line_id, part_number, file, image_path, captured_at, size_bytes,
        width_px, height_px, sha256, stored_at)
        SELECT 'HPH', 'V31', $1, file, file, file, 1000, 48, 48, '', now() FROM unnest($2::text[]) AS file`,
      [part, files],
    );
    await database.end();
    return files;
  };

  it('fetches by line, part and days after an estimate, also without scripts', async () => {
    const page = await open('/images', { javaScriptEnabled: false });
    await fill(page, { ...REQUEST, part_number: 'NO-SUCH' });
    await pages.follow(page, page.getByRole('button', { name: 'Estimate' }));
    await page.getByText('The line has no such images').waitFor();
    await fill(page, { ...REQUEST, end_date: '2025-03-01' });
    await pages.follow(page, page.getByRole('button', { name: 'Estimate' }));
    expect(await page.getByRole('alert').textContent()).toContain('end_date');
    await fill(page, REQUEST);
    await pages.follow(page, page.getByRole('button', { name: 'Estimate' }));
    const watching = await open('/images', { colorScheme: 'dark' });
    expect(await barriers(watching)).toEqual([]);
    await pages.follow(page, page.getByRole('button', { name: `Download ${COUNT + 2} images` }));
    expect(page.url()).toBe(`${pages.url}/images#downloads`);
    await watching.reload();
    await watching.locator('.download .status-completed').waitFor();
    await watching.getByText('2 refused').waitFor();
    await picture(watching, 'images-dark');
    expect(await barriers(watching)).toEqual([]);
    await pages.follow(watching, watching.getByRole('link', { name: 'PN-1' }));
    expect(await watching.locator('.tile').count()).toBe(COUNT);
  });

  it('sorts by keys and ranges, undoes, throws away, and leads to training', async () => {
    const page = await open('/images/part/PN-1');
    expect(await page.getByText('Sort at least one image into OK first').isVisible()).toBe(true);
    await page.keyboard.press('o');
    await page.keyboard.press('n');
    await sorted({ ok: 1, ng: 1, unsorted: COUNT - 2 });
    await page.getByRole('link', { name: 'Use for training' }).waitFor();
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    expect(await page.locator('#grid-count').textContent()).toBe('3 selected');
    await page.keyboard.press('o');
    await sorted({ ok: 4, ng: 1 });
    await page.locator('.tile').nth(10).locator('label').click();
    await page
      .locator('.tile')
      .nth(19)
      .locator('label')
      .click({ modifiers: ['Shift'] });
    await page.getByText('10 selected').waitFor();
    await page.getByRole('button', { name: 'NG', exact: true }).click();
    await sorted({ ok: 4, ng: 11 });
    await page.locator('[data-filter=NG] span', { hasText: /^11$/ }).waitFor();
    await picture(page, 'image-part-light');
    expect(await barriers(page)).toEqual([]);
    await page.locator('.tile').nth(25).locator('input').focus();
    await page.keyboard.press('Delete');
    await sorted({ images: COUNT - 1 });
    await page.keyboard.press('z');
    await sorted({ images: COUNT });
    await page.keyboard.press('z');
    await sorted({ ok: 4, ng: 1 });
    await page.keyboard.press('Enter');
    await page.locator('#grid-zoom[open] img').waitFor();
    await page.keyboard.press('Escape');
    await page.reload();
    expect(await page.locator('.tile-OK').count()).toBe(4);
    const href = (await page.getByRole('link', { name: 'Use for training' }).getAttribute('href'))!;
    const to = new URL(href, pages.url);
    expect(to.pathname).toBe('/train/new');
    expect(to.searchParams.get('input_dir')).toBe(join(pages.place.dataFolder, 'pool', 'HPH', 'V31', 'PN-1'));
    await pages.follow(page, page.locator('[data-filter=OK]'));
    expect(await page.locator('.tile').count()).toBe(4);
  });

  it('works on a phone and without scripts, with a trash to bring back from', async () => {
    const page = await open('/images/part/PN-1', { ...PHONE, colorScheme: 'dark' });
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    await picture(page, 'image-part-phone');
    expect(await barriers(page)).toEqual([]);
    await page.goto(`${pages.url}/images`);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    await picture(page, 'images-phone');

    const plain = await open('/images/part/PN-1?label=unsorted', { javaScriptEnabled: false });
    await plain.locator('.tile input').nth(0).check();
    await pages.follow(plain, plain.getByRole('button', { name: 'OK', exact: true }));
    expect(plain.url()).toContain('label=unsorted');
    expect(await counts()).toMatchObject({ ok: 5 });
    await plain.locator('.tile input').nth(0).check();
    await plain.locator('.tile input').nth(1).check();
    await pages.follow(plain, plain.getByRole('button', { name: 'To the trash' }));
    expect(await counts()).toMatchObject({ images: COUNT - 2 });
    await plain.goto(`${pages.url}/images/trash`);
    await plain.locator('.tile input').nth(0).check();
    await pages.follow(plain, plain.getByRole('button', { name: 'Restore' }));
    expect(await plain.locator('.tile').count()).toBe(1);
    const trash = await open('/images/trash');
    expect(await barriers(trash)).toEqual([]);
    await picture(trash, 'image-trash');
    await plain.getByText('Empty the trash').first().click();
    await plain.getByRole('button', { name: 'Empty the trash' }).click();
    await plain.getByText('The trash is empty').waitFor();
    expect(await counts()).toMatchObject({ images: COUNT - 1 });
  });

  it('goes on behind the images that are still in the list when others were sorted or thrown out of it', async () => {
    const [shown, more] = [120, 12];
    const files = await fillPart('PN-2', shown + more);
    const page = await open('/images/part/PN-2?label=unsorted');
    const tiles = async (): Promise<(string | null)[]> =>
      Promise.all((await page.locator('.tile input').all()).map((box) => box.getAttribute('value')));
    const next = page.locator('.pager [rel=next]');
    const offsetOfNext = async (): Promise<string | null> =>
      new URL((await next.getAttribute('href'))!, pages.url).searchParams.get('offset');
    expect(await tiles()).toEqual(files.slice(0, shown));
    await page.keyboard.press('Control+a');
    await page.keyboard.press('o');
    await page.getByText(`${shown} sorted as OK`).waitFor();
    expect(await offsetOfNext()).toBe('0');
    await page.keyboard.press('z');
    await page.getByText('Undone').waitFor();
    expect(await offsetOfNext()).toBe(String(shown));
    await page.keyboard.press('Control+a');
    // Next is asked for while the images are still on their way out of the list.
    await page.keyboard.press('o');
    await pages.follow(page, next);
    expect(await tiles()).toEqual(files.slice(shown));

    await page.goto(`${pages.url}/images/part/PN-2`);
    await page.locator('.tile input').nth(3).focus();
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Delete');
    await pages.follow(page, next);
    expect(await tiles()).toEqual(files.slice(shown));
  });

  it('undoes what was done before an image that could not be thrown away', async () => {
    const [sortedFile, goneFile] = await fillPart('PN-3', 3);
    const page = await open('/images/part/PN-3');
    await page.keyboard.press('o');
    await page.getByText('1 sorted as OK').waitFor();
    await fetch(`${pages.url}/download/images/PN-3/${encodeURIComponent(goneFile!)}`, { method: 'DELETE' });
    await page.keyboard.press('Delete');
    await page.locator('#grid-said', { hasText: goneFile! }).waitFor();
    await page.keyboard.press('z');
    await page.getByText('Undone').waitFor();
    expect(await page.locator('#grid-undo').isDisabled()).toBe(true);
    const { images } = (await (await fetch(`${pages.url}/download/images/PN-3`)).json()) as {
      images: { file: string; label: string | null }[];
    };
    expect(images.find(({ file }) => file === sortedFile)).toMatchObject({ label: null });
  });

  it.each(Object.entries(TITLES))('speaks %s on every page', async (locale, titles) => {
    const page = await open('/images', { ...PHONE, locale });
    for (const [i, path] of ['/images', '/images/part/PN-1', '/images/trash'].entries()) {
      await page.goto(pages.url + path);
      expect(await page.locator('html').getAttribute('lang')).toBe(locale);
      expect(await page.locator('h1').textContent()).toContain(titles[i]);
      expect([path, await sideways(page)]).toEqual([path, 0]);
      expect([path, await barriers(page)]).toEqual([path, []]);
    }
  });
});
