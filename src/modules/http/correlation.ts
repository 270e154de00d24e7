import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const HEADER = 'X-Correlation-Id';
const ACCEPTED = /^[\w.-]{1,64}$/;

const ids = new WeakMap<Request, string>();

/** Takes the caller's correlation id or makes one, and tells it in the answer's header. */
export function correlationMiddleware(request: Request, response: Response, next: NextFunction): void {
  const given = request.get(HEADER);
  const id = given !== undefined && ACCEPTED.test(given) ? given : randomUUID();
  ids.set(request, id);
  response.setHeader(HEADER, id);
  next();
}

export function correlationIdOf(request: Request): string {
  return ids.get(request) ?? 'none';
}
