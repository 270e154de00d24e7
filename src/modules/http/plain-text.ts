import type { NextFunction, Request, Response } from 'express';
import { badInput } from '../../common/index.js';

/** True for text that a database and a file system can hold: no NUL, no half of a surrogate pair. */
export function isPlainText(text: string): boolean {
  return !text.includes('\0') && !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

/** Refuses addresses with characters that no name of ours can hold. */
export function refuseOddAddresses(request: Request, _response: Response, next: NextFunction): void {
  next(/%00/.test(request.originalUrl) || !isPlainText(request.originalUrl) ? oddText('the address') : undefined);
}

/** Looks through plain data, keys included. @throws AppError `TEXT_INVALID` */
export function assertPlainTexts(value: unknown, where: string): void {
  if (typeof value === 'string' && !isPlainText(value)) throw oddText(where);
  if (value === null || typeof value !== 'object') return;
  for (const [key, item] of Object.entries(value)) {
    if (!isPlainText(key)) throw oddText(where);
    assertPlainTexts(item, where);
  }
}

function oddText(where: string): Error {
  return badInput('TEXT_INVALID', `Expected text without NUL characters and broken Unicode, got some in ${where}.`);
}
