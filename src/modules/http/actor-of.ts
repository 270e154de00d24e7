import type { Request } from 'express';
import { identityOf } from '../auth/identity.middleware.js';
import type { Actor } from '../tasks/actor.js';

/** Who calls, and from where. */
export function actorOf(request: Request): Actor {
  return { name: identityOf(request)?.name ?? 'anonymous', from: request.ip ?? 'unknown' };
}
