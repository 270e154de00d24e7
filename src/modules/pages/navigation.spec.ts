import { describe, expect, it } from '@jest/globals';
import { ROLES } from '../auth/roles.js';
import { I18n } from './i18n/index.js';
import { mainNavigation, settingsNavigation } from './navigation.js';

const i18n = new I18n('en');
const urls = (views: readonly { url: string }[]): string[] => views.map(({ url }) => url);
const current = (views: readonly { url: string; current: boolean }[]): string[] =>
  urls(views.filter((view) => view.current));

describe('navigation', () => {
  it('shows each role what it may open, and strangers nothing', () => {
    const seen = ROLES.map((role) => settingsNavigation({ role, signedIn: true }, '/settings', i18n));
    expect(seen.map(({ length }) => length)).toEqual([2, 2, 2, 6]);
    expect(urls(mainNavigation({ role: 'operator', signedIn: true }, '/', i18n))).not.toContain('/train/new');
    expect(urls(mainNavigation({ role: 'engineer', signedIn: true }, '/', i18n))).toContain('/train/new');
    expect(mainNavigation(null, '/', i18n)).toEqual([]);
  });

  it('has no account where nobody signs in', () => {
    const open = settingsNavigation({ role: 'admin', signedIn: false }, '/settings', i18n);
    expect(urls(open)).not.toContain('/settings/account');
  });

  it.each([
    ['/?text=x', '/', ''],
    ['/tasks/1', '/', ''],
    ['/settings?version=2', '/settings', '/settings'],
    ['/settings/users/ann', '/settings', '/settings/users'],
    ['/settingsx', '', ''],
    ['/orientation/1', '', ''],
  ])('marks where one is: %s', (path, main, tab) => {
    const visitor = { role: 'admin', signedIn: true } as const;
    expect(current(mainNavigation(visitor, path, i18n)).join()).toBe(main);
    expect(current(settingsNavigation(visitor, path, i18n)).join()).toBe(tab);
  });
});
