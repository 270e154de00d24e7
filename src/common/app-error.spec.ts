import { describe, expect, it } from '@jest/globals';
import { AppError, badInput, ERROR_KINDS, errorMessage, isUnrecoverable, type ErrorKind } from './app-error.js';

describe('AppError', () => {
  it('answers 4xx and exit code 2 for everything a caller can cause', () => {
    const serverSide = new Set<ErrorKind>(['unavailable', 'internal']);
    for (const kind of Object.keys(ERROR_KINDS) as ErrorKind[]) {
      const error = new AppError(kind, 'CODE', 'message');
      expect(error.httpStatus >= 500).toBe(serverSide.has(kind));
      expect(error.exitCode).toBe(serverSide.has(kind) ? 1 : 2);
      expect(isUnrecoverable(error)).toBe(!serverSide.has(kind));
    }
  });

  it('carries code, message and details', () => {
    const error = badInput('INPUT_FOLDER_MISSING', 'Expected a folder, got nothing.', { path: '/data' });
    expect(error).toMatchObject({ code: 'INPUT_FOLDER_MISSING', details: { path: '/data' }, httpStatus: 400 });
    expect(errorMessage(error)).toBe('Expected a folder, got nothing.');
    expect(errorMessage('plain')).toBe('plain');
  });

  it('lets unknown errors be retried', () => {
    expect(isUnrecoverable(new Error('socket closed'))).toBe(false);
  });
});
