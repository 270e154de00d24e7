import { AppError, ERROR_KINDS, type ErrorKind } from './app-error.js';

/** An error as plain data, to cross a thread or process boundary. */
export interface ErrorWire {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Present for an AppError only. */
  readonly app?: {
    readonly kind: ErrorKind;
    readonly code: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

export function toErrorWire(error: unknown): ErrorWire {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  // Details are plain JSON by contract; the round trip makes sure that no class instance breaks the crossing.
  return error instanceof AppError
    ? {
        name,
        message,
        stack,
        app: {
          kind: error.kind,
          code: error.code,
          details: JSON.parse(JSON.stringify(error.details)) as Record<string, unknown>,
        },
      }
    : { name, message, stack };
}

/** The error again; an AppError keeps kind, code and details, every error keeps name and the far side's stack. */
export function fromErrorWire(wire: ErrorWire): Error {
  const error =
    wire.app !== undefined && Object.hasOwn(ERROR_KINDS, wire.app.kind)
      ? new AppError(wire.app.kind, wire.app.code, wire.message, wire.app.details)
      : new Error(wire.message);
  error.name = wire.name;
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}
