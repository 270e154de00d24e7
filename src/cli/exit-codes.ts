import { AppError } from '../common/index.js';

/** What the process answers with; part of the command line's contract. */
export const EXIT = { done: 0, failed: 1, badInput: 2, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Thrown when the person pressed Ctrl-C: the message says what state was left and how to go on. */
export class Interrupted extends Error {
  constructor(message = 'Interrupted.') {
    super(message);
    this.name = 'Interrupted';
  }
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Interrupted || (error as { name?: unknown } | null)?.name === 'AbortError')
    return EXIT.interrupted;
  if (error instanceof AppError) return error.exitCode === 2 ? EXIT.badInput : EXIT.failed;
  return EXIT.failed;
}
