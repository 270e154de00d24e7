import { roleCovers, type Role } from '../auth/roles.js';
import type { I18n, MessageKey } from './i18n/index.js';

interface Place {
  readonly url: string;
  readonly text: MessageKey;
  /** The lowest role that sees it. */
  readonly role: Role;
  /** Only for people who have signed in. */
  readonly personal?: boolean;
}

const MAIN: readonly Place[] = [
  { url: '/', text: 'layout.tasks', role: 'viewer' },
  { url: '/train/new', text: 'layout.newTraining', role: 'engineer' },
  { url: '/images', text: 'layout.images', role: 'viewer' },
  { url: '/settings', text: 'layout.settings', role: 'viewer' },
  { url: '/docs', text: 'layout.api', role: 'viewer' },
];

const SETTINGS: readonly Place[] = [
  { url: '/settings', text: 'settings.training', role: 'viewer' },
  { url: '/settings/service', text: 'settings.service', role: 'admin' },
  { url: '/settings/users', text: 'settings.users', role: 'admin' },
  { url: '/settings/keys', text: 'settings.keys', role: 'admin' },
  { url: '/settings/audit', text: 'settings.audit', role: 'admin' },
  { url: '/settings/account', text: 'settings.account', role: 'viewer', personal: true },
];

export interface NavigationView {
  readonly url: string;
  readonly text: string;
  readonly current: boolean;
}

/** Who looks at a page; null for somebody who has not signed in. */
export type Visitor = { readonly role: Role; readonly signedIn: boolean } | null;

/** The places of the header that somebody may go to. */
export function mainNavigation(visitor: Visitor, path: string, i18n: I18n): NavigationView[] {
  return viewOf(MAIN, visitor, path, i18n);
}

/** The tabs of the settings; empty on all other pages. */
export function settingsNavigation(visitor: Visitor, path: string, i18n: I18n): NavigationView[] {
  return lies(withoutQuery(path), '/settings') ? viewOf(SETTINGS, visitor, path, i18n) : [];
}

function viewOf(places: readonly Place[], visitor: Visitor, path: string, i18n: I18n): NavigationView[] {
  if (visitor === null) return [];
  const here = withoutQuery(path);
  const seen = places.filter(({ role, personal }) => roleCovers(visitor.role, role) && (!personal || visitor.signedIn));
  // The longest address that the page lies under: /settings/users is no training setting.
  const current = seen
    .filter(({ url }) => (url === '/' ? here === '/' || here.startsWith('/tasks/') : lies(here, url)))
    .reduce((longest, { url }) => (url.length > longest.length ? url : longest), '');
  return seen.map(({ url, text }) => ({ url, text: i18n.t(text), current: url === current }));
}

function lies(path: string, under: string): boolean {
  return path === under || path.startsWith(`${under}/`);
}

function withoutQuery(path: string): string {
  return path.split('?')[0]!;
}
