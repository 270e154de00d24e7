import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { I18n, withPageContext } from './i18n.js';
import { isLanguage, preferredLanguage } from './languages.js';

export const LANGUAGE_COOKIE = 'polarline_language';

/** Finds the language of a request: what somebody chose, else what their browser asks for. */
@Injectable()
export class LanguageMiddleware implements NestMiddleware {
  use(request: Request, _response: Response, next: NextFunction): void {
    const chosen = (request.cookies as Record<string, unknown> | undefined)?.[LANGUAGE_COOKIE];
    const language = isLanguage(chosen) ? chosen : preferredLanguage(request.get('Accept-Language'));
    withPageContext({ i18n: new I18n(language), path: request.originalUrl }, next);
  }
}
