import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const HEADER = 'X-Correlation-Id';
const ACCEPTED = /^[\w.-]{1,64}$/;

/** On the request itself: a map of all requests would have to be cleaned at each collection of garbage. */
const ID = Symbol('correlation id');

interface Carrying {
  [ID]?: string;
}

/** Takes the caller's correlation id or makes one, and tells it in the answer's header. */
export function correlationMiddleware(request: Request, response: Response, next: NextFunction): void {
  const given = request.get(HEADER);
  const id = given !== undefined && ACCEPTED.test(given) ? given : randomUUID();
  (request as Carrying)[ID] = id;
  response.setHeader(HEADER, id);
  next();
}

export function correlationIdOf(request: Request): string {
  return (request as Carrying)[ID] ?? 'none';
}
