import type { Request, Response } from 'express';
import type { JsonText } from '../tasks/json-text.js';

/** Sends JSON that is text already; a caller who has this very answer hears 304. */
export function sendJson(request: Request, response: Response, { bytes, etag }: JsonText): void {
  response.setHeader('ETag', etag);
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', bytes.length);
  response.end(bytes);
}
