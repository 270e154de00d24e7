import { describe, expect, it } from '@jest/globals';
import type { Request, RequestHandler, Response } from 'express';
import { chain } from './chain.js';

function run(...handlers: RequestHandler[]): { readonly called: string[]; readonly error: unknown } {
  const called: string[] = [];
  let error: unknown = 'never ended';
  const named = handlers.map<RequestHandler>((handler, index) => (request, response, next) => {
    called.push(String(index));
    return handler(request, response, next);
  });
  void chain(...named)({} as Request, {} as Response, (given?: unknown) => (error = given));
  return { called, error };
}

const pass: RequestHandler = (_request, _response, next) => next();

describe('a chain of handlers', () => {
  it('calls them in order and then goes on', () => {
    expect(run(pass, pass)).toEqual({ called: ['0', '1'], error: undefined });
  });

  it('ends at the first error, told or thrown', () => {
    const tell: RequestHandler = (_request, _response, next) => next(new Error('told'));
    const toss: RequestHandler = () => {
      throw new Error('thrown');
    };
    expect(run(pass, tell, pass)).toEqual({ called: ['0', '1'], error: new Error('told') });
    expect(run(toss, pass)).toEqual({ called: ['0'], error: new Error('thrown') });
  });

  it('ends where a handler answers itself', () => {
    expect(run(() => undefined, pass)).toEqual({ called: ['0'], error: 'never ended' });
  });
});
