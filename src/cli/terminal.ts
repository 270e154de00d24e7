import type { Writable } from 'node:stream';

/** Where a command line's output goes; tests give their own. */
export interface Terminal {
  /** Results: what a program or a pipe wants. */
  readonly stdout: Writable;
  /** Everything said on the way: progress, notes, errors. */
  readonly stderr: Writable;
  /** True when a person watches stderr on a terminal: bars instead of lines. */
  readonly interactive: boolean;
  readonly columns: number;
}

/** The terminal of this process. */
export function processTerminal(options: { readonly plain: boolean }): Terminal {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stderr.isTTY && !options.plain,
    columns: process.stderr.columns || 100,
  };
}
