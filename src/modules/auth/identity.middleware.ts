import { Inject, Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { withLogContext } from '../../infra/logging/index.js';
import { correlationIdOf } from '../http/correlation.js';
import { RateLimiter } from './rate-limiter.js';
import { withIdentity, type RequestIdentity } from './access-scope.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import { IdentityService } from './identity.service.js';

const IDENTITY = Symbol('identity');

interface Carrying {
  [IDENTITY]?: RequestIdentity;
}

/** Null for somebody who has not signed in. */
export function identityOf(request: Request): RequestIdentity | null {
  return (request as Carrying)[IDENTITY] ?? null;
}

/** Finds out who calls, and carries it through everything the request does. */
@Injectable()
export class IdentityMiddleware {
  private readonly limiter: RateLimiter;

  constructor(
    private readonly service: IdentityService,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    this.limiter = new RateLimiter(config.limits.requestsPerMinute);
  }

  readonly use = (request: Request, _response: Response, next: NextFunction): void => {
    this.recognise(request).then((identity) => {
      const context = { correlationId: correlationIdOf(request) };
      if (identity === null) return withLogContext(context, next);
      (request as Carrying)[IDENTITY] = identity;
      withLogContext(context, () => withIdentity(identity, next));
    }, next);
  };

  /** Counts the request for its caller; whoever tries keys is limited by where they come from. */
  private async recognise(request: Request): Promise<RequestIdentity | null> {
    let name = `address:${request.ip ?? 'unknown'}`;
    try {
      const identity = await this.service.identify(request);
      if (identity && identity.name !== 'anonymous') name = identity.name;
      return identity;
    } finally {
      this.limiter.take(name);
    }
  }
}
