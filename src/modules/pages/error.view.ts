import type { ErrorBody } from '../http/error-body.js';
import type { I18n, MessageKey } from './i18n/index.js';
import { isMessageKey, problemView } from './problem.view.js';

/** View of views/error.hbs: what happened, what one can do, and what to name when asking for help. */
export function errorView(body: ErrorBody, i18n: I18n): { readonly title: string } & Record<string, unknown> {
  const status = Math.min(body.statusCode, 500);
  const titleKey = `error.${status}`;
  const adviceKey = `error.advice${status}`;
  const title = i18n.t(isMessageKey(titleKey) ? titleKey : 'error.other');
  const advice: MessageKey = isMessageKey(adviceKey) ? adviceKey : 'error.adviceOther';
  return {
    title,
    statusCode: body.statusCode,
    // What a surprise says is the advice itself.
    problem: body.statusCode >= 500 && body.code === 'INTERNAL' ? null : problemView(body, i18n),
    advice: i18n.t(advice),
    code: body.code,
    correlationId: body.correlationId,
    signIn: body.statusCode === 401,
  };
}
