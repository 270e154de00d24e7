import type { z } from 'zod';
import { badInput } from '../../common/index.js';
import { validateConfig } from '../../infra/config/index.js';
import { assertPlainTexts } from './plain-text.js';

/** Checks a request's body against a schema. @throws AppError naming each key, what was expected and what came. */
export function parseBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw badInput(
      'BODY_INVALID',
      `Expected a JSON object as request body, got ${Array.isArray(body) ? 'a list' : String(body)}.`,
    );
  assertPlainTexts(body, 'the request body');
  return validateConfig(schema, body, { source: 'request body' });
}

export function parseQuery<S extends z.ZodType>(schema: S, query: unknown): z.output<S> {
  assertPlainTexts(query, 'the query');
  return validateConfig(schema, query, { source: 'query' });
}
