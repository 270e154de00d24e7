import { beforeAll, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { startService } from '../../src/main.js';
import { describeWithBrowser } from '../support/browser.js';
import { PHONE } from '../support/browser-pages.js';
import { usePages } from '../support/pages-under-test.js';
import { createServicePlace } from '../support/service-harness.js';

const PASSWORD = 'correct horse battery';
const TERMINAL = { name: 'cli:root', from: 'terminal' };
const WALL = { viewport: { width: 3840, height: 2160 } };
const PAGES = [
  '/',
  '/settings',
  '/settings/diff?from=0&to=1',
  '/settings/service',
  '/settings/users',
  '/settings/users/ann',
  '/settings/keys',
  '/settings/audit',
  '/settings/account',
  '/nowhere',
];
/** Sends a form as an old browser would, so that the service's own check is what refuses. */
const skipBrowserCheck = (form: { setAttribute(name: string, value: string): void }): void =>
  form.setAttribute('novalidate', '');
const hasFocus = (element: { matches(selector: string): boolean }): boolean => element.matches(':focus');
const SETTINGS_IN = { en: 'Settings', 'zh-TW': '設定', 'zh-CN': '设置', vi: 'Cài đặt' };

describeWithBrowser('pages about Polarline itself', () => {
  const pages = usePages(createServicePlace, ({ overrides }) => startService({ overrides, worker: 'none' }));
  const { open, barriers, sideways } = pages;

  beforeAll(async () => {
    await pages.service.users.add({ name: 'root', role: 'admin', password: PASSWORD }, TERMINAL);
    await pages.service.users.add({ name: 'ann', role: 'viewer', password: PASSWORD }, TERMINAL);
  });

  const signIn = async (name: string, options: BrowserContextOptions = {}, password = PASSWORD): Promise<Page> => {
    const page = await open('/sign-in', options);
    await page.fill('input[name=name]', name);
    await page.fill('input[name=password]', password);
    await page.locator('main button').click();
    await page.waitForURL(`${pages.url}/`);
    return page;
  };
  const notice = (page: Page): Promise<string | null> => page.locator('.card.done[role=status]').textContent();

  it('has no barriers on any page, light and dark, signed in and not', async () => {
    const page = await signIn('root');
    await page.goto(`${pages.url}/settings`);
    await page.fill('[name="training.maxEpochs"]', '9');
    await pages.follow(page, page.getByRole('button', { name: 'Save' }));
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const path of PAGES) {
        await page.goto(pages.url + path);
        expect([path, colorScheme, await barriers(page)]).toEqual([path, colorScheme, []]);
      }
    }
    await page.context().clearCookies();
    await page.goto(`${pages.url}/sign-in`);
    expect(await barriers(page)).toEqual([]);
  });

  it.each(Object.entries(SETTINGS_IN))(
    'speaks %s on every page, on a phone and on a wall screen',
    async (locale, word) => {
      for (const size of [PHONE, WALL]) {
        const first = await open('/sign-in', { locale, ...size });
        expect(await first.locator('html').getAttribute('lang')).toBe(locale);
        expect([await sideways(first), await barriers(first)]).toEqual([0, []]);
        const page = await signIn('root', { locale, ...size });
        for (const path of PAGES) {
          await page.goto(pages.url + path);
          expect(await page.locator('html').getAttribute('lang')).toBe(locale);
          expect(await page.locator('.site-header nav').textContent()).toContain(word);
          expect([path, await sideways(page)]).toEqual([path, 0]);
        }
      }
    },
  );

  it.each(Object.entries(SETTINGS_IN))(
    'has its header on one line of a phone in %s, with a menu for fingers and keys and without scripts',
    async (locale, word) => {
      const page = await signIn('root', { locale, ...PHONE, javaScriptEnabled: false });
      expect((await page.locator('.site-header').boundingBox())!.height).toBeLessThan(70);
      const settings = page.getByRole('link', { name: word, exact: true });
      expect(await settings.isVisible()).toBe(false);
      await page.locator('.menu-button').tap();
      for (const target of await page.locator('.menu :is(a, button, summary):visible').all())
        expect((await target.boundingBox())!.height).toBeGreaterThanOrEqual(44);
      await page.locator('.languages summary').tap();
      expect(await page.locator('.languages a:visible').count()).toBe(4);
      expect(await sideways(page)).toBe(0);
      await settings.tap();
      await page.waitForURL(`${pages.url}/settings`);

      await page.locator('.menu-button').focus();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await page.locator('.menu a').first().evaluate(hasFocus)).toBe(true);
      await page.keyboard.press('Escape');
      expect(await settings.isVisible()).toBe(false);
      expect(await page.locator('.menu-button').evaluate(hasFocus)).toBe(true);

      const scripted = await signIn('root', { locale, ...PHONE, colorScheme: 'dark' });
      await scripted.locator('.menu-button').tap();
      await scripted.locator('.languages summary').tap();
      expect(await barriers(scripted)).toEqual([]);
    },
  );

  it('leads from an empty dashboard to a new training', async () => {
    const page = await signIn('root');
    await page.getByRole('main').getByRole('link', { name: 'New training' }).click();
    await page.waitForURL(`${pages.url}/train/new`);
  });

  it('changes settings without scripts, keeps what was typed when it is refused, and tells who was faster', async () => {
    const page = await signIn('root', { javaScriptEnabled: false });
    await page.goto(`${pages.url}/settings`);
    const epochs = page.locator('[name="training.maxEpochs"]');
    await page.locator('#settings').evaluate(skipBrowserCheck);
    await epochs.fill('0');
    await page.locator('[name="model.backbone"]').selectOption('tiny');
    await pages.follow(page, page.getByRole('button', { name: 'Save' }));
    expect(await page.locator('.setting.wrong').textContent()).toContain('expected 1..10000, got 0');
    expect(await page.locator('[name="model.backbone"]').inputValue()).toBe('tiny');
    await epochs.fill('12');
    await pages.service.users.add({ name: 'eve', role: 'engineer', password: PASSWORD }, TERMINAL);
    const other = await signIn('eve');
    await other.goto(`${pages.url}/settings`);
    await other.fill('[name="training.batchSize"]', '16');
    await pages.follow(other, other.getByRole('button', { name: 'Save' }));
    await pages.follow(page, page.getByRole('button', { name: 'Save' }));
    expect(await page.locator('[role=alert]').textContent()).toContain('user:eve');
    expect(await epochs.inputValue()).toBe('12');
    await pages.follow(page, page.getByRole('button', { name: 'Save' }));
    expect(await notice(page)).toContain('Saved');
    await pages.follow(page, page.getByRole('link', { name: 'Show the difference' }).first());
    const rows = await page.locator('tbody tr').allInnerTexts();
    expect(rows.map((row) => row.split(/\s+/)[0])).toEqual([
      'model.backbone',
      'training.maxEpochs',
      'training.batchSize',
    ]);
    await page.goto(`${pages.url}/settings`);
    await pages.follow(page, page.getByRole('button', { name: 'Use this one again' }).first());
    expect(await page.locator('[name="training.batchSize"]').inputValue()).toBe('16');
    await page.locator('.actions-ask summary').click();
    await pages.follow(page, page.locator('.actions-ask button'));
    expect(await page.locator('[name="training.batchSize"]').inputValue()).toBe('8');
  });

  it('adds, limits, disables and mends users, and never loses the last admin', async () => {
    const page = await signIn('root', { javaScriptEnabled: false });
    await page.goto(`${pages.url}/settings/users`);
    await page.locator('details.card > summary').click();
    const add = async (password: string): Promise<void> => {
      await page.fill('input[name=name]', 'linh');
      await page.fill('input[name=password]', password);
      await page.selectOption('select[name=role]', 'operator');
      await page.fill('input[name=sites]', 'HPH, JQ');
      await page.locator('form.columns').evaluate(skipBrowserCheck);
      await pages.follow(page, page.locator('form.columns button'));
    };
    await add('short');
    expect(await page.locator('[role=alert]').textContent()).toContain('at least 10 characters');
    await add(PASSWORD);
    expect(await page.locator('tbody').textContent()).toContain('HPH, JQ');

    const linh = await signIn('linh');
    expect(await linh.locator('.site-header nav').textContent()).not.toContain('New training');
    expect(await linh.locator('main a[href="/train/new"]').count()).toBe(0);
    await linh.goto(`${pages.url}/settings`);
    expect(await linh.locator('.tabs a').allTextContents()).toEqual(['Training', 'Your account']);
    expect(await linh.locator('[name="training.maxEpochs"]').isDisabled()).toBe(true);
    const refused = await linh.goto(`${pages.url}/settings/users`);
    expect(refused!.status()).toBe(403);
    expect(await linh.locator('h1').textContent()).toBe('You may not do this');
    expect(await linh.locator('main').textContent()).toContain(refused!.headers()['x-correlation-id']);
    expect(await barriers(linh)).toEqual([]);

    await pages.follow(page, page.getByRole('link', { name: 'linh' }));
    await page.locator('.actions-ask summary').click();
    await pages.follow(page, page.locator('.actions-ask button'));
    expect(await page.locator('.page-head').textContent()).toContain('disabled');
    await linh.goto(`${pages.url}/settings/account`);
    expect(linh.url()).toBe(`${pages.url}/sign-in?next=%2Fsettings%2Faccount`);

    await page.goto(`${pages.url}/settings/users/root`);
    await page.selectOption('select[name=role]', 'viewer');
    await pages.follow(page, page.getByRole('button', { name: 'Save' }));
    expect(await page.locator('[role=alert]').textContent()).toContain('last admin');
  });

  it("changes one's own password, and needs the present one", async () => {
    const page = await signIn('ann');
    const change = async (current: string, next: string, again: string): Promise<void> => {
      await page.goto(`${pages.url}/settings/account`);
      await page.fill('input[name=current]', current);
      await page.fill('input[name=password]', next);
      await page.fill('input[name=again]', again);
      await pages.follow(page, page.locator('form.columns button'));
    };
    await change('not the password', 'another long password', 'another long password');
    expect(await page.locator('[role=alert]').textContent()).toContain('present password is wrong');
    await change(PASSWORD, 'another long password', 'another lang password');
    expect(await page.locator('[role=alert]').textContent()).toContain('differently');
    await change(PASSWORD, 'another long password', 'another long password');
    expect(await notice(page)).toContain('was changed');
    await page.goto(pages.url);
    expect(page.url()).toBe(`${pages.url}/`);
    await signIn('ann', {}, 'another long password');
  });

  it('shows a key once, lets it work, and refuses it once it is revoked', async () => {
    const page = await signIn('root');
    await page.goto(`${pages.url}/settings/keys`);
    await page.fill('input[name=name]', 'MES V31');
    await page.selectOption('select[name=role]', 'viewer');
    await pages.follow(page, page.locator('form.columns button'));
    const key = await page.locator('#key').inputValue();
    const call = (): Promise<Response> =>
      fetch(`${pages.url}/training/list`, { headers: { Authorization: `Bearer ${key}` } });
    expect((await call()).status).toBe(200);
    await page.goto(`${pages.url}/settings/keys`);
    expect(await page.content()).not.toContain(key);
    await page.locator('tbody summary').click();
    await pages.follow(page, page.locator('tbody button'));
    expect(await notice(page)).toContain('revoked');
    expect((await call()).status).toBe(401);
  });

  it('finds in the audit trail who did what, page by page and as CSV', async () => {
    const page = await signIn('root');
    await page.goto(`${pages.url}/settings/audit?action=user.add&actor=cli%3Aroot`);
    const targets = await page.locator('tbody tr td:nth-child(5)').allTextContents();
    expect(targets.slice(-2)).toEqual(['user:ann', 'user:root']);
    const csv = await page.request.get(`${pages.url}/settings/audit.csv?action=user.add&actor=cli%3Aroot`);
    expect((await csv.text()).trim().split('\r\n')).toHaveLength(targets.length + 1);
    await page.goto(`${pages.url}/settings/audit?to=2020-01-01`);
    expect(await page.locator('tbody').count()).toBe(0);
  });

  it('tells on the dashboard what the machine trains on and how it is', async () => {
    const page = await signIn('root');
    const facts = page.locator('.machine-fact');
    await page.locator('.machine-fact', { hasText: 'onnx-' }).first().waitFor();
    const text = (await facts.allInnerTexts()).join('\n');
    for (const part of ['cores', 'GiB', 'nothing waits', 'Database', 'answers', 'Line database HPH', 'not asked yet'])
      expect(text).toContain(part);
    expect(await barriers(page)).toEqual([]);
  });
});
