import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { badInput } from '../../common/index.js';
import { Access } from '../auth/access.js';
import { isLanguage, LANGUAGE_CODES, LANGUAGE_COOKIE } from './i18n/index.js';

const YEAR_MS = 365 * 86_400_000;

/** The language switcher: links, so that it works without scripts. */
@ApiExcludeController()
@Controller('language')
export class LanguageController {
  @Access('public')
  @Get(':language')
  choose(@Param('language') language: string, @Query('next') next: unknown, @Res() response: Response): void {
    if (!isLanguage(language))
      throw badInput('LANGUAGE_UNKNOWN', `Expected one of ${LANGUAGE_CODES.join(', ')}, got ${language.slice(0, 20)}.`);
    response.cookie(LANGUAGE_COOKIE, language, { sameSite: 'lax', httpOnly: true, maxAge: YEAR_MS, path: '/' });
    response.redirect(303, localAddress(next));
  }
}

/** An address of ours to come back to, never another site's. */
function localAddress(value: unknown): string {
  return typeof value === 'string' && /^\/(?![/\\])[\w/?&=.%+-]*$/.test(value) ? value : '/';
}
