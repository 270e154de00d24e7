import type { Response } from 'express';
import type { AppConfig } from '../settings/app-settings.js';
import { SESSION_COOKIE } from './identity.service.js';
import type { OpenSession } from './session.service.js';

/** Hands a session to the browser: not readable by scripts, not sent by other sites' pages. */
export function setSessionCookie(response: Response, { token, expiresAt }: OpenSession, config: AppConfig): void {
  response.cookie(SESSION_COOKIE, token, {
    httpOnly: true,
    sameSite: 'lax',
    secure: config.server.publicUrl?.startsWith('https:') ?? false,
    expires: expiresAt,
    path: '/',
  });
}
