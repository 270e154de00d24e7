/** Stable machine-readable codes; each maps to one HTTP status and one exit code. */
export const ERROR_KINDS = {
  badInput: { httpStatus: 400, exitCode: 2 },
  unauthenticated: { httpStatus: 401, exitCode: 2 },
  forbidden: { httpStatus: 403, exitCode: 2 },
  notFound: { httpStatus: 404, exitCode: 2 },
  conflict: { httpStatus: 409, exitCode: 2 },
  tooLarge: { httpStatus: 413, exitCode: 2 },
  tooMany: { httpStatus: 429, exitCode: 2 },
  unavailable: { httpStatus: 503, exitCode: 1 },
  internal: { httpStatus: 500, exitCode: 1 },
} as const;

export type ErrorKind = keyof typeof ERROR_KINDS;

/**
 * The one error family of Polarline. `message` says what was expected, what came and what to do;
 * `code` is stable (e.g. `INPUT_FOLDER_MISSING`); `details` is plain JSON without secrets.
 */
export class AppError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'AppError';
  }

  get httpStatus(): number {
    return ERROR_KINDS[this.kind].httpStatus;
  }

  get exitCode(): number {
    return ERROR_KINDS[this.kind].exitCode;
  }
}

/** Bad input of the user's: 400 or exit code 2, never retried. */
export function badInput(code: string, message: string, details?: Record<string, unknown>): AppError {
  return new AppError('badInput', code, message, details);
}

/** True for errors that another attempt cannot cure. */
export function isUnrecoverable(error: unknown): boolean {
  return error instanceof AppError && error.kind !== 'unavailable' && error.kind !== 'internal';
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
