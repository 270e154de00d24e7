import { AppError, errorMessage } from '../../common/index.js';

/** How a database is named to a person: never with a password. */
export interface DatabaseTarget {
  /** `the factory database of HPH`, `DATABASE_URL`. */
  readonly what: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'ENETDOWN',
]);
/** Class 08 connection exceptions, 57P01-03 shutdown and start-up. */
const BROKEN_STATES = /^(08|57P0[123])/;

interface CodedError {
  readonly code?: string;
  readonly message?: string;
}

/** True when asking again on a new connection may help. */
export function isConnectionLost(error: unknown): boolean {
  const { code, message } = error as CodedError;
  if (error instanceof AppError) return error.kind === 'unavailable';
  if (code !== undefined && (NETWORK_CODES.has(code) || BROKEN_STATES.test(code))) return true;
  return /connection terminated|connection ended|timeout e\w+|not queryable|connection error|read timeout/i.test(
    message ?? '',
  );
}

/** Turns what `pg` throws into an AppError that says what to do; AppErrors pass as they are. */
export function explainPostgresError(error: unknown, target: DatabaseTarget): AppError {
  if (error instanceof AppError) return error;
  const { code } = error as CodedError;
  const place = `${target.what} (${target.user}@${target.host}:${target.port}/${target.database})`;
  const details = { sqlState: code, host: target.host, port: target.port, database: target.database };
  const make = (kind: 'badInput' | 'unavailable' | 'internal', name: string, message: string): AppError =>
    new AppError(kind, name, message, details, { cause: error });
  switch (code) {
    case '28P01':
    case '28000':
      return make(
        'badInput',
        'DATABASE_LOGIN_REFUSED',
        `expected ${place} to accept the login, got: wrong user or password; correct the configured user and password`,
      );
    case '3D000':
      return make(
        'badInput',
        'DATABASE_MISSING',
        `expected a database named ${target.database} at ${place}, got none; correct its name or create it`,
      );
    case '42P01':
    case '3F000':
      return make(
        'badInput',
        'TABLE_MISSING',
        `expected the table that was asked for in ${place}, got: ${errorMessage(error)}; correct schema and table`,
      );
    case '42703':
      return make(
        'badInput',
        'COLUMN_MISSING',
        `expected the columns of amr_raw_data in ${place}, got: ${errorMessage(error)}`,
      );
    case '42501':
      return make(
        'badInput',
        'DATABASE_FORBIDDEN',
        `expected the right to read in ${place}, got: ${errorMessage(error)}; grant SELECT to ${target.user}`,
      );
    default:
      return isConnectionLost(error)
        ? make(
            'unavailable',
            'DATABASE_UNREACHABLE',
            `expected an answer from ${place}, got: ${networkReason(error)}; check that it runs and that host and port are right`,
          )
        : make('internal', 'DATABASE_FAILED', `expected ${place} to answer, got: ${errorMessage(error)}`);
  }
}

/** A refused connection to `localhost` comes as an AggregateError with an empty message. */
function networkReason(error: unknown): string {
  const { code, message } = error as CodedError;
  if (message !== undefined && message !== '') return message;
  return code ?? 'no answer';
}
