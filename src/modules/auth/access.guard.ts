import { timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { AppError } from '../../common/index.js';
import { isReading } from '../http/cross-site.js';
import { ACCESS_KEY, type Access } from './access.js';
import { identityOf } from './identity.middleware.js';
import { assertRole } from './roles.js';

/** Lets through who may; routes that do not say who are for admins alone. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const handlers = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS_KEY, handlers) ?? 'admin';
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const identity = identityOf(request);
    if (!identity)
      throw new AppError('unauthenticated', 'SIGN_IN_REQUIRED', 'Sign in, or send `Authorization: Bearer <key>`.');
    assertRole(identity.role, access);
    if (identity.csrfToken !== null && !isReading(request)) assertCsrf(request, identity.csrfToken);
    return true;
  }
}

/** A session travels with every request of a browser; a change must also know what only our pages know. */
function assertCsrf(request: Request, expected: string): void {
  const body = request.body as Record<string, unknown> | undefined;
  const given = request.get('X-CSRF-Token') ?? body?._csrf;
  if (typeof given !== 'string' || !sameText(given, expected))
    throw new AppError(
      'forbidden',
      'CSRF_TOKEN_WRONG',
      'Expected the token of a page of this session (field _csrf or header X-CSRF-Token); load the page again and repeat.',
    );
}

function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
