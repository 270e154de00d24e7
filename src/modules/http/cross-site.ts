import type { NextFunction, Request, Response } from 'express';
import { AppError } from '../../common/index.js';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isReading({ method }: Request): boolean {
  return READING.has(method);
}

/**
 * Refuses changes that another site's page sends through a visitor's browser. Browsers say where a request
 * comes from (Fetch Metadata, W3C); programs that are no browser say nothing and pass.
 */
export function refuseCrossSite(request: Request, _response: Response, next: NextFunction): void {
  if (isReading(request)) return next();
  const site = request.get('Sec-Fetch-Site');
  const origin = request.get('Origin');
  const foreign =
    site === undefined
      ? origin !== undefined && hostOf(origin) !== request.get('Host')
      : site !== 'same-origin' && site !== 'none';
  if (!foreign) return next();
  next(
    new AppError(
      'forbidden',
      'CROSS_SITE',
      `Expected this change to come from a page of Polarline itself, got a request from ${origin ?? site ?? 'another site'}.`,
    ),
  );
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}
