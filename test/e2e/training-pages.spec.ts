import { beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startService } from '../../src/main.js';
import { describeWithBrowser } from '../support/browser.js';
import { PHONE } from '../support/browser-pages.js';
import { usePages } from '../support/pages-under-test.js';
import { createServicePlace } from '../support/service-harness.js';
import { createTinyLine, type TinyLine } from '../support/tiny-line.js';

const LANGUAGES = {
  en: [
    'New training',
    'Files set aside',
    'Results',
    'Images of the evaluation',
    'Compare two tasks',
    'Swap',
    'Which way',
  ],
  'zh-TW': ['新增訓練', '已排除的檔案', '結果', '評估影像', '比較兩個任務', '更換', '哪個方向'],
  'zh-CN': ['新建训练', '已排除的文件', '结果', '评估图像', '比较两个任务', '更换', '哪个方向'],
  vi: ['Huấn luyện mới', 'Tệp bị loại', 'Kết quả', 'Ảnh đánh giá', 'So sánh hai tác vụ', 'Đổi', 'hướng nào'],
};
const REPORT_HEADINGS = {
  en: 'Golden samples',
  'zh-TW': '標準樣本',
  'zh-CN': '标准样本',
  vi: 'Mẫu chuẩn',
};
/** On a phone: tables that run out of their frame although their cells stand below each other, and heads that show. */
async function cutOff(page: Page): Promise<string[]> {
  const problems: string[] = [];
  for (const frame of await page.locator('.table-frame:has(> table.stack)').all()) {
    const sidewaysPx = await frame.evaluate((element) => element.scrollWidth - element.clientWidth);
    if (sidewaysPx > 0) problems.push(`${sidewaysPx} px too wide`);
    const head = await frame.locator('thead').boundingBox();
    if (head && head.width > 1) problems.push('its head shows');
  }
  return problems;
}

/** The parts of the browser that are used inside of it. */
interface Picture {
  readonly naturalWidth: number;
  decode(): Promise<void>;
}
interface Window {
  getComputedStyle(element: unknown): { readonly maxWidth: string };
}

describeWithBrowser('from a folder to results in a browser', () => {
  const pages = usePages(createServicePlace, ({ overrides }) => startService({ overrides, worker: 'inProcess' }));
  const { open, barriers, sideways } = pages;
  let line: TinyLine;
  /** Completed by the first test, looked at by the others. */
  let taskId = '';

  beforeAll(async () => {
    line = await createTinyLine(pages.place.root, { boards: 10, ng: 6 });
  });

  const newTraining = (): string =>
    `/train/new?${new URLSearchParams({ preset: 'quick-check', line_id: 'V31', metadata_csv: line.metadataCsv }).toString()}`;

  it('chooses a folder, checks it, starts, answers by keyboard, trains and shows the results', async () => {
    const page = await open(newTraining());
    await page.locator('#input_dir').fill(pages.place.root);
    await page.locator('#browse').click();
    await page.getByRole('button', { name: 'input has OK' }).click();
    await page.locator('#folders-choose:enabled').waitFor();
    await page.getByRole('button', { name: 'NG', exact: true }).waitFor();
    await page.locator('#folders-choose').click();
    await page.locator('#check .class-card').first().waitFor();
    expect(await page.locator('.funnel dd:not(.bar)').allTextContents()).toEqual(['29', '28', '27', '26']);
    expect(await page.locator('#check tbody tr').count()).toBe(3);
    const pictures = page.locator('#check .class-card img');
    expect(await pictures.count()).toBe(6);
    expect(await pictures.first().evaluate((image) => (image as unknown as Picture).decode().then(() => true))).toBe(
      true,
    );
    expect(await barriers(page)).toEqual([]);

    await page.locator('[name="s.training.maxEpochs"]').fill('0');
    await page.locator('.setting.invalid').waitFor();
    await page.locator('[name="s.training.maxEpochs"]').fill('2');
    await page.getByText('maxEpochs: 2').waitFor({ state: 'attached' });
    // A reload brings back what was typed and checks the folder again.
    await page.reload();
    await page.locator('#check .class-card').first().waitFor();
    expect(await page.locator('#input_dir').inputValue()).toMatch(/input$/);
    expect(await page.locator('[name="s.training.maxEpochs"]').inputValue()).toBe('2');
    await page.getByText('maxEpochs: 2').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Start training' }).click();
    await page.waitForURL(/\/tasks\//);
    taskId = page.url().split('/').at(-1)!;
    await pages.follow(page, page.getByRole('link', { name: 'Answer orientations' }));
    await page.locator('.gate-card.current').waitFor();
    await page.reload();
    for (const key of ['1', '1', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('button', { name: 'Confirm and train' }).click();
    await page.waitForURL(`${pages.url}/tasks/${taskId}`);
    await page.reload();
    await page.locator('.status-completed').waitFor();
    await page.waitForLoadState('load');
    expect(await page.locator('.facts').textContent()).toContain('0 images on both sides');
    expect(await barriers(page)).toEqual([]);

    await pages.follow(page, page.getByRole('link', { name: 'Look at all 3 files' }));
    expect(await page.locator('tbody th').allTextContents()).toEqual([
      'OK/20250303120000_B90@IC1_1_R.png',
      'OK/20250303120000_B91@IC1_1_R.png',
      'OK/holiday.jpg',
    ]);
    expect(await page.locator('tbody tr').nth(1).textContent()).toContain('Check site and line of the task');
    expect(await barriers(page)).toEqual([]);
    const csv = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download as CSV' }).click();
    expect((await csv).suggestedFilename()).toMatch(/_rejected\.csv$/);
    await pages.follow(page, page.getByRole('link', { name: 'Not in the factory database (1)' }));
    expect(await page.locator('tbody th').allTextContents()).toEqual(['OK/20250303120000_B91@IC1_1_R.png']);
    const asked = await fetch(`${pages.url}/training/rejected/${taskId}?limit=2&offset=1`);
    const listed = (await asked.json()) as { total: number; files: { file: string }[]; by_code: object };
    expect([listed.total, listed.files.map(({ file }) => file), listed.by_code]).toEqual([
      3,
      ['OK/20250303120000_B91@IC1_1_R.png', 'OK/holiday.jpg'],
      { unsupportedContent: 1, noMetadata: 1, badTimestamp: 1 },
    ]);
    await page.goto(`${pages.url}/tasks/${taskId}`);

    await pages.follow(page, page.getByRole('link', { name: 'Look at the results' }));
    expect(await page.locator('.headline dd').first().textContent()).toMatch(/^\d+\.\d\d %$/);
    expect((await page.locator('#similarities').boundingBox())!.height).toBeGreaterThan(100);
    expect(await page.locator('.golden').count()).toBeGreaterThan(7);
    expect(await barriers(page)).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Downloads' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.zip$/);
    const cell = page.locator('.matrix td a').first();
    const count = await cell.textContent();
    await page.reload();
    await pages.follow(page, cell);
    expect(await page.locator('.golden').count()).toBe(Number(count));
    await page.locator('.zoomable').first().click();
    await page.locator('#zoom img').waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  it('offers what was answered last time, takes it only when asked to, and clones a task', async () => {
    const page = await open(`/train/new?from=${taskId}`);
    expect(await page.locator('#input_dir').inputValue()).toContain('input');
    expect(await page.locator('[name="s.training.maxEpochs"]').inputValue()).toBe('2');
    await pages.follow(page, page.getByRole('button', { name: 'Start training' }));
    await pages.follow(page, page.getByRole('link', { name: 'Answer orientations' }));
    await page.locator('.suggestion').first().waitFor();
    expect(await page.locator('#gate-count').textContent()).toBe('0 of 2');
    await page.locator('.more-pictures').first().click();
    await page.locator('.more img').nth(5).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.locator('.suggestion-take').first().click();
    expect(await page.locator('#gate-count').textContent()).toBe('1 of 2');
    expect(await page.locator('input[value=Up]').first().isChecked()).toBe(true);
    await page.locator('#gate-take-all').click();
    expect(await page.locator('#gate-count').textContent()).toBe('2 of 2');
  });

  it('swaps a golden sample and compares a task with itself', async () => {
    const page = await open(`/tasks/${taskId}/results`);
    await pages.follow(page, page.locator('.golden a').first());
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Take this one' }).first().click();
    await page.waitForURL(/results#goldens$/);
    await page.getByRole('button', { name: 'Undo the last swap' }).waitFor();
    await page.goto(`${pages.url}/compare?a=${taskId}&b=${taskId}`);
    await page.getByText('Both answer these images equally well.').waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  it('opens the report as a page, with its style and pictures', async () => {
    const page = await open(`/tasks/${taskId}/report`);
    expect(
      await page.locator('main').evaluate((main) => (globalThis as unknown as Window).getComputedStyle(main).maxWidth),
    ).toBe('1120px');
    const broken = await page
      .locator('img')
      .evaluateAll((images) => images.filter((image) => (image as unknown as Picture).naturalWidth === 0).length);
    expect(broken).toBe(0);
  });

  it.each(Object.entries(REPORT_HEADINGS))('opens the report in %s for a reader of it', async (locale, heading) => {
    const page = await open(`/tasks/${taskId}`, { locale });
    await page.locator(`a[href="/tasks/${taskId}/report"]`).click();
    await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe(locale);
    expect(await barriers(page)).toEqual([]);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    // Another language than the reader's own, for a customer.
    await page.goto(`${pages.url}/tasks/${taskId}/report?language=vi`);
    expect(await page.locator('html').getAttribute('lang')).toBe('vi');
    await page.goto(`${pages.url}/tasks/${taskId}/report?language=fr`);
    expect(await page.locator('main').textContent()).toContain('language');
  });

  it.each(Object.entries(LANGUAGES))('speaks %s on every page, in the dark and on a phone', async (locale, titles) => {
    const page = await open('/train/new', { ...PHONE, locale, colorScheme: 'dark' });
    const { goldens } = (await (await fetch(`${pages.url}/training/golden/${taskId}`)).json()) as {
      goldens: { id: string }[];
    };
    const task = `/tasks/${taskId}`;
    const paths = [
      '/train/new',
      `${task}/rejected`,
      `${task}/results`,
      `${task}/results/images`,
      `/compare?a=${taskId}&b=${taskId}`,
      `${task}/results/golden?golden=${encodeURIComponent(goldens[0]!.id)}`,
      `/orientation/${taskId}`,
      task,
    ];
    for (const [i, path] of paths.entries()) {
      await page.goto(pages.url + path);
      expect(await page.locator('html').getAttribute('lang')).toBe(locale);
      expect(await page.locator('h1').textContent()).toContain(titles[i] ?? 'HPH V31');
      expect(await sideways(page)).toBeLessThanOrEqual(0);
      expect([path, await cutOff(page)]).toEqual([path, []]);
      expect([path, await barriers(page)]).toEqual([path, []]);
    }
    await page.goto(pages.url);
    await page.locator('.tasks tbody tr').first().waitFor();
    expect(await cutOff(page)).toEqual([]);
    // As it is on the results of a task that others can be compared with.
    const option = `<option>HPH V31, ${'long name of a task '.repeat(4)}</option>`;
    const form = `<form class="filters"><label>With</label><select>${option}</select><button>Compare</button></form>`;
    await page.locator('main').evaluate((main, html) => (main.innerHTML = html), form);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
  });

  it('says of a task without a list that it has none', async () => {
    const line_id = 'V99';
    const answer = await fetch(`${pages.url}/training/start`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ input_dir: line.inputDir, site: 'HPH', line_id, metadata_csv: line.metadataCsv }),
    });
    const { task_id: id } = (await answer.json()) as { task_id: string };
    const page = await open(`/tasks/${id}`);
    await page.locator('.status-failed').waitFor();
    await page.waitForLoadState('load');
    expect(await page.locator('a[href$="/rejected"]').count()).toBe(0);
    await page.goto(`${pages.url}/tasks/${id}/rejected`);
    await page.getByText('The list of this task is not there').waitFor();
    expect(await barriers(page)).toEqual([]);
    const csv = await fetch(`${pages.url}/training/rejected/${id}/csv`);
    expect([csv.status, ((await csv.json()) as { code: string }).code]).toEqual([404, 'REJECTED_LIST_MISSING']);
  });

  it('checks and starts without scripts, and says what is wrong', async () => {
    const page = await open(newTraining(), { javaScriptEnabled: false });
    await page.locator('#input_dir').fill(line.inputDir);
    await pages.follow(page, page.locator('#check-button'));
    expect(await page.locator('#check .class-card').count()).toBe(2);
    await page.locator('#input_dir').fill('/nowhere/at/all');
    await pages.follow(page, page.locator('button[value=start]'));
    expect(await page.locator('#problems li').textContent()).toContain('/nowhere/at/all');
    expect(await page.locator('[name="s.training.maxEpochs"]').inputValue()).toBe('3');
  });
});
