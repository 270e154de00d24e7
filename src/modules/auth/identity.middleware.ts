import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { withLogContext } from '../../infra/logging/index.js';
import { correlationIdOf } from '../http/correlation.js';
import { withIdentity, type RequestIdentity } from './access-scope.js';
import { IdentityService } from './identity.service.js';

const identities = new WeakMap<Request, RequestIdentity>();

/** Null for somebody who has not signed in. */
export function identityOf(request: Request): RequestIdentity | null {
  return identities.get(request) ?? null;
}

/** Finds out who calls, and carries it through everything the request does. */
@Injectable()
export class IdentityMiddleware implements NestMiddleware {
  constructor(private readonly service: IdentityService) {}

  use(request: Request, _response: Response, next: NextFunction): void {
    const context = { correlationId: correlationIdOf(request) };
    this.service.identify(request).then((identity) => {
      if (identity === null) return withLogContext(context, next);
      identities.set(request, identity);
      withLogContext(context, () => withIdentity(identity, next));
    }, next);
  }
}
