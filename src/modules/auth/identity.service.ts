import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AppError } from '../../common/index.js';
import type { RequestIdentity } from './access-scope.js';
import { KeyService, KEY_PREFIX } from './key.service.js';
import { SessionService } from './session.service.js';
import { UserService } from './user.service.js';

export const SESSION_COOKIE = 'polarline_session';

/** While there are no users, whoever sits at this machine may do everything. */
const OPEN: RequestIdentity = { name: 'anonymous', role: 'admin', sites: null, lines: null, csrfToken: null };

/** Tells who a request comes from. */
@Injectable()
export class IdentityService {
  constructor(
    private readonly users: UserService,
    private readonly sessions: SessionService,
    private readonly keys: KeyService,
  ) {}

  /** Null for somebody who has not signed in. @throws AppError `KEY_REFUSED` for a key that does not count. */
  async identify(request: Request): Promise<RequestIdentity | null> {
    const given = request.get('Authorization');
    if (given !== undefined) return this.byKey(given);
    const token = sessionToken(request);
    const session = token === null ? null : await this.sessions.recognise(token);
    if (session) {
      const { name, role, sites, lines } = session.user;
      return { name: `user:${name}`, role, sites, lines, csrfToken: session.csrfToken };
    }
    return (await this.users.required()) ? null : OPEN;
  }

  private async byKey(header: string): Promise<RequestIdentity> {
    const key = /^Bearer +(\S+)$/i.exec(header)?.[1];
    const known = key?.startsWith(KEY_PREFIX) ? await this.keys.recognise(key) : null;
    if (!known)
      throw new AppError(
        'unauthenticated',
        'KEY_REFUSED',
        'Expected `Authorization: Bearer plk_…` with a key that is valid, got one that is unknown, revoked or expired.',
      );
    const { name, role, sites, lines } = known;
    return { name: `key:${name}`, role, sites, lines, csrfToken: null };
  }
}

export function sessionToken(request: Request): string | null {
  const cookies = (request as { cookies?: Record<string, unknown> }).cookies;
  const token = cookies?.[SESSION_COOKIE];
  return typeof token === 'string' && token.length <= 128 ? token : null;
}
