import type { Request } from 'express';
import type { Actor } from '../tasks/actor.js';

/** Who calls, as far as is known. */
export function actorOf(request: Request): Actor {
  return { name: 'anonymous', from: request.ip ?? 'unknown' };
}
