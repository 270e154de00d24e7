import type { Response } from 'express';
import { AppError } from '../../common/index.js';
import type { I18n } from './i18n/index.js';
import { isMessageKey, problemView, type ProblemView } from './problem.view.js';

export type FormBody = Readonly<Record<string, unknown>> | undefined;

/** A field of a form as text; empty where it was not sent. */
export function field(body: FormBody, name: string): string {
  const value = body?.[name];
  return typeof value === 'string' ? value.trim() : '';
}

/** Like `field`, with blanks kept: for passwords. */
export function secretField(body: FormBody, name: string): string {
  const value = body?.[name];
  return typeof value === 'string' ? value.slice(0, 2000) : '';
}

/** `HPH, JQ` as a list; null where nothing was named, which means all. */
export function nameList(body: FormBody, name: string): string[] | null {
  const names = field(body, name)
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return names.length === 0 ? null : [...new Set(names)];
}

/**
 * Does what a form asks for. An error of the user's comes back as the page with `again`, under the error's status;
 * anything else is thrown on.
 */
export async function answerForm(
  response: Response,
  i18n: I18n,
  act: () => Promise<string>,
  again: (problem: ProblemView, error: AppError) => Promise<string>,
): Promise<void> {
  try {
    response.redirect(303, await act());
  } catch (error) {
    if (!(error instanceof AppError) || error.httpStatus >= 500 || error.kind === 'notFound') throw error;
    response
      .status(error.httpStatus)
      .type('html')
      .send(await again(problemView(error, i18n), error));
  }
}

/** What `?done=` of an address says; null for anything that is not ours. */
export function doneNotice(done: unknown, i18n: I18n): string | null {
  const key = `done.${String(done)}`;
  return typeof done === 'string' && isMessageKey(key) ? i18n.t(key) : null;
}
