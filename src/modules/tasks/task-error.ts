import { AppError, errorMessage, type ErrorKind } from '../../common/index.js';

/** Why a task failed; plain JSON without secrets. */
export interface TaskError {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export function toTaskError(error: unknown): TaskError {
  if (error instanceof AppError) {
    const { kind, code, message, details } = error;
    return { kind, code, message, details };
  }
  return { kind: 'internal', code: 'INTERNAL', message: errorMessage(error), details: {} };
}
