import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { withLogContext } from '../../infra/logging/index.js';
import { correlationIdOf } from '../http/correlation.js';
import { RateLimiter } from './rate-limiter.js';
import { withIdentity, type RequestIdentity } from './access-scope.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import { IdentityService } from './identity.service.js';

const identities = new WeakMap<Request, RequestIdentity>();

/** Null for somebody who has not signed in. */
export function identityOf(request: Request): RequestIdentity | null {
  return identities.get(request) ?? null;
}

/** Finds out who calls, and carries it through everything the request does. */
@Injectable()
export class IdentityMiddleware implements NestMiddleware {
  private readonly limiter: RateLimiter;

  constructor(
    private readonly service: IdentityService,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    this.limiter = new RateLimiter(config.limits.requestsPerMinute);
  }

  use(request: Request, _response: Response, next: NextFunction): void {
    const context = { correlationId: correlationIdOf(request) };
    const address = `address:${request.ip ?? 'unknown'}`;
    this.service
      .identify(request)
      .then(
        (identity) => {
          this.limiter.take(identity && identity.name !== 'anonymous' ? identity.name : address);
          return identity;
        },
        (error: unknown) => {
          // Whoever tries keys is limited by where they come from.
          this.limiter.take(address);
          throw error;
        },
      )
      .then((identity) => {
        if (identity === null) return withLogContext(context, next);
        identities.set(request, identity);
        withLogContext(context, () => withIdentity(identity, next));
      }, next);
  }
}
