import { HttpException } from '@nestjs/common';
import { AppError, errorMessage, errorText } from '../../common/index.js';

import type { Language } from '../pages/i18n/languages.js';

/** The one shape of every error answer. */
export interface ErrorBody {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly correlationId: string;
}

/** What the outside is told of an error; of surprises it hears nothing but the correlation id. */
export function toErrorBody(error: unknown, correlationId: string): ErrorBody {
  if (error instanceof AppError)
    return {
      statusCode: error.httpStatus,
      code: error.code,
      message: error.message,
      details: error.details,
      correlationId,
    };
  const status = httpStatusOf(error);
  if (status !== null && status < 500)
    return {
      statusCode: status,
      code: CODES_BY_STATUS[status] ?? `HTTP_${status}`,
      message: messageOf(error, status),
      details: {},
      correlationId,
    };
  return {
    statusCode: status ?? 500,
    code: 'INTERNAL',
    message: `Something went wrong on our side; the log has the reason under correlation id ${correlationId}.`,
    details: {},
    correlationId,
  };
}

/**
 * The answer in a language. What the English message says beyond the text in that language stays in `details.message`.
 * @returns the body as it is, in English, where the language has no text for its code
 */
export function inLanguage(
  body: ErrorBody,
  language: Language,
): { readonly body: ErrorBody; readonly spoken: Language } {
  const spokenBody = errorInLanguage(body, language);
  return spokenBody === null ? { body, spoken: 'en' } : { body: spokenBody, spoken: language };
}

/** An error, of an answer or of a task, with its English message in `details`; null where it stays English. */
export function errorInLanguage<T extends Pick<ErrorBody, 'code' | 'message' | 'details'>>(
  error: T,
  language: Language,
): T | null {
  const text = language === 'en' ? null : errorText(error.code, language, error.details);
  return text === null ? null : { ...error, message: text, details: { ...error.details, message: error.message } };
}

/** Of errors that are none of ours: of the framework and the parsers of bodies. */
export const CODES_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  416: 'RANGE_NOT_SATISFIABLE',
};

/** Nest's exceptions and body-parser's errors carry a status of their own. */
function httpStatusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  const { status, statusCode } = (error ?? {}) as { status?: unknown; statusCode?: unknown };
  const found = typeof status === 'number' ? status : statusCode;
  return typeof found === 'number' && found >= 400 && found < 600 ? found : null;
}

function messageOf(error: unknown, status: number): string {
  if (status === 413) return 'The request body is larger than limits.bodyKiB allows; send less at a time.';
  return errorMessage(error);
}
