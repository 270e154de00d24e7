import { pino, stdTimeFunctions, type Logger as PinoLogger } from 'pino';
import pretty from 'pino-pretty';

import { ContextSlot, type StepLog } from '../../common/index.js';
import { environment } from '../config/environment.js';
import { redactSecrets } from './secrets.js';

export type Logger = PinoLogger;

export interface LoggerConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** `auto` is pretty on a terminal and JSON elsewhere. */
  readonly format: 'auto' | 'pretty' | 'json';
}

/** Where lines go; default is standard error, so that standard output stays free for results. */
export interface LogDestination {
  write(line: string): unknown;
  readonly isTTY?: boolean;
}

/** What every line written inside `withLogContext` carries. */
export interface LogContext {
  readonly taskId?: string;
  readonly correlationId?: string;
  readonly [name: string]: string | undefined;
}

const contexts = new ContextSlot<LogContext>();

/** Runs `action`; its log lines, and those of all it awaits, carry `context` on top of the present one. */
export function withLogContext<T>(context: LogContext, action: () => T): T {
  return contexts.run({ ...contexts.get(), ...context }, action);
}

export function logContext(): LogContext {
  return contexts.get() ?? {};
}

/**
 * The one logger of a process: structured, with the context of `withLogContext`. Every finished line passes
 * `redactSecrets`, so a secret is caught wherever in the line it hides.
 */
export function createLogger(config: LoggerConfig, destination: LogDestination = process.stderr): Logger {
  const isPretty = config.format === 'pretty' || (config.format === 'auto' && destination.isTTY === true);
  const sink = isPretty ? prettySink(destination) : destination;
  return pino(
    {
      level: config.level,
      base: undefined,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => ({ ...contexts.get() }),
    },
    { write: (line: string) => void sink.write(redactSecrets(line)) },
  );
}

/** pino-pretty's formatter as a plain function, so that lines come out in order and at once. */
function prettySink(destination: LogDestination): LogDestination {
  const format = pretty.prettyFactory({
    colorize: destination.isTTY === true && !environment().noColor,
    translateTime: 'SYS:HH:MM:ss',
    messageKey: 'msg',
    errorLikeObjectKeys: ['err', 'error'],
  });
  return { write: (line: string) => void destination.write(format(line)) };
}

/** The logger as long-running steps take it. */
export function stepLog(logger: Logger): StepLog {
  return {
    info: (message, details = {}) => logger.info(details, message),
    warn: (message, details = {}) => logger.warn(details, message),
  };
}
