import { describe, expect, it } from '@jest/globals';
import { AppError, badInput } from './app-error.js';
import { fromErrorWire, toErrorWire } from './error-wire.js';

describe('errors on the wire', () => {
  it('keep kind, code, details and message of an AppError through a structured clone', () => {
    const crossed = fromErrorWire(structuredClone(toErrorWire(badInput('NO_OK', 'expected OK/', { path: 'x' }))));
    expect(crossed).toBeInstanceOf(AppError);
    expect(crossed).toMatchObject({ kind: 'badInput', code: 'NO_OK', message: 'expected OK/', details: { path: 'x' } });
  });

  it('keep the name of other errors, and take anything that was thrown', () => {
    expect(fromErrorWire(toErrorWire(new RangeError('too far')))).toMatchObject({
      name: 'RangeError',
      message: 'too far',
    });
    expect(fromErrorWire(toErrorWire('just text')).message).toBe('just text');
  });
});
