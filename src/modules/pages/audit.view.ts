import type { AuditEntryDto } from '../audit/audit.service.js';
import type { I18n } from './i18n/index.js';

export interface AuditFormFilter {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  /** Days, `2027-01-31`. */
  readonly from: string;
  readonly to: string;
}

/** View of views/audit.hbs. @param entries a page and one more, which tells that there are older ones. */
export function auditView(
  entries: readonly AuditEntryDto[],
  filter: AuditFormFilter,
  page: { readonly size: number; readonly before: number | undefined },
  i18n: I18n,
): { readonly title: string } & Record<string, unknown> {
  const shown = entries.slice(0, page.size);
  const given = Object.entries(filter).filter(([, value]) => value !== '');
  const address = (path: string, more: readonly [string, string][] = []): string =>
    [path, new URLSearchParams([...given, ...more]).toString()].filter((part) => part !== '').join('?');
  return {
    title: i18n.t('settings.audit'),
    filter,
    filtered: given.length > 0,
    csvUrl: address('/settings/audit.csv'),
    newest: page.before === undefined ? null : address('/settings/audit'),
    older: entries.length > page.size ? address('/settings/audit', [['before', String(shown.at(-1)!.id)]]) : null,
    entries: shown.map((entry) => ({
      id: entry.id,
      at: i18n.moment(entry.at),
      atIso: entry.at,
      actor: entry.actor,
      address: entry.address,
      action: entry.action,
      target: entry.target,
      taskUrl: entry.target.startsWith('task:') ? `/tasks/${entry.target.slice('task:'.length)}` : null,
      before: entry.before === null ? null : JSON.stringify(entry.before, null, 2),
      after: entry.after === null ? null : JSON.stringify(entry.after, null, 2),
      details: entry.before !== null || entry.after !== null,
    })),
  };
}
