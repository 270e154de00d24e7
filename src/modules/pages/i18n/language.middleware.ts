import type { NextFunction, Request, Response } from 'express';
import { I18n, withPageContext } from './i18n.js';
import { isLanguage, preferredLanguage, type Language } from './languages.js';

export const LANGUAGE_COOKIE = 'polarline_language';

/** Finds the language of a request: what somebody chose, else what their browser asks for. */
export function languageMiddleware(request: Request, _response: Response, next: NextFunction): void {
  withPageContext({ i18n: I18n.of(languageOf(request)), path: request.originalUrl }, next);
}

/** What somebody chose on a page, else what the request asks for in `Accept-Language`. */
export function languageOf(request: Request): Language {
  const chosen = (request.cookies as Record<string, unknown> | undefined)?.[LANGUAGE_COOKIE];
  return isLanguage(chosen) ? chosen : preferredLanguage(request.get('Accept-Language'));
}
