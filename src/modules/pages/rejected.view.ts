import type { RejectedPage } from '../results/result-details.service.js';
import { shortId } from './format.js';
import type { I18n } from './i18n/index.js';
import { isMessageKey } from './problem.view.js';

/** What the address of the page asks for. */
export interface RejectedQuery {
  readonly code: string;
  readonly offset: number;
}

/** View of views/rejected.hbs: the files that a task set aside, why, and what to do about each. */
export function rejectedView(
  taskId: string,
  page: RejectedPage,
  { code, offset }: RejectedQuery,
  limit: number,
  i18n: I18n,
): { readonly title: string } & Record<string, unknown> {
  const last = offset + page.files.length;
  const counts = Object.entries(page.byCode).sort(([, a], [, b]) => b - a);
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  const filter = (value: string, label: string, count: number) => ({
    url: rejectedUrl(taskId, value, 0),
    label,
    count: i18n.number(count),
    current: value === code,
  });
  return {
    title: i18n.t('rejected.title'),
    taskId,
    shortId: shortId(taskId),
    listed: page.listed,
    csvUrl: `/training/rejected/${taskId}/csv`,
    filters: [
      filter('', i18n.t('rejected.every'), all),
      ...counts.map(([reason, count]) => filter(reason, reasonName(reason, i18n), count)),
    ],
    files: page.files.map(({ file, code: reason, reason: words }) => ({
      file,
      code: reason,
      name: reasonName(reason, i18n),
      reason: words,
      todo: whatToDo(reason, i18n),
    })),
    range: i18n.t('dashboard.range', { from: offset + 1, to: last, total: page.total }),
    previous: offset > 0 ? rejectedUrl(taskId, code, Math.max(0, offset - limit)) : null,
    next: last < page.total ? rejectedUrl(taskId, code, last) : null,
  };
}

/** A reason in a few words; its code where this release does not know it. */
export function reasonName(code: string, i18n: I18n): string {
  const key = `rejected.is.${code}`;
  return isMessageKey(key) ? i18n.t(key) : code;
}

/** Advice about a reason; null for one that this release does not know. */
export function whatToDo(code: string, i18n: I18n): string | null {
  const key = `rejected.do.${code}`;
  return isMessageKey(key) ? i18n.t(key) : null;
}

function rejectedUrl(taskId: string, code: string, offset: number): string {
  const asked = new URLSearchParams({ ...(code ? { code } : {}), ...(offset ? { offset: String(offset) } : {}) });
  return `/tasks/${taskId}/rejected${asked.size > 0 ? `?${asked.toString()}` : ''}`;
}
