import type { NextFunction, Request, Response } from 'express';
import { isReading } from '../../http/cross-site.js';
import { I18n, withPageContext } from './i18n.js';
import { isLanguage, preferredLanguage, type Language } from './languages.js';

export const LANGUAGE_COOKIE = 'polarline_language';

/** Finds the language of a request: what somebody chose, else what their browser asks for. */
export function languageMiddleware(request: Request, _response: Response, next: NextFunction): void {
  withPageContext({ i18n: I18n.of(languageOf(request)), path: pathToComeBackTo(request) }, next);
}

/** What somebody chose on a page, else what the request asks for in `Accept-Language`. */
export function languageOf(request: Request): Language {
  const chosen = (request.cookies as Record<string, unknown> | undefined)?.[LANGUAGE_COOKIE];
  return isLanguage(chosen) ? chosen : preferredLanguage(request.get('Accept-Language'));
}

/** What a form was answered with cannot be asked for again: the page that sent it can. */
function pathToComeBackTo(request: Request): string {
  if (isReading(request)) return request.originalUrl;
  const referer = request.get('Referer') ?? '';
  if (!URL.canParse(referer)) return '/';
  const { host, pathname, search } = new URL(referer);
  return host === request.get('Host') ? pathname + search : '/';
}
