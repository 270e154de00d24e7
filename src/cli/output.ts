import { AppError, errorMessage } from '../common/index.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { ProgressDisplay, createProgressDisplay } from './progress-display.js';
import type { Terminal } from './terminal.js';

/**
 * What a command says. For people: lines on stdout, notes and progress on stderr. With `--json`: stdout
 * holds JSON and nothing else, one document or one object a line.
 */
export class Output {
  private readonly display: ProgressDisplay;

  constructor(
    private readonly terminal: Terminal,
    readonly json: boolean,
  ) {
    this.display = createProgressDisplay(terminal);
  }

  /** A line of the result, for people. */
  line(text = ''): void {
    if (!this.json) this.display.around(() => this.terminal.stdout.write(`${text}\n`));
  }

  /** Rows of two or more columns, aligned, for people. */
  table(rows: readonly (readonly string[])[], indent = ''): void {
    for (const line of alignColumns(rows)) this.line(`${indent}${line}`);
  }

  /** Something worth knowing that is no result; goes to stderr in both modes. */
  note(text: string): void {
    this.display.around(() => this.terminal.stderr.write(`${text}\n`));
  }

  /** The one JSON document of a command, written with `--json` only. */
  document(value: unknown): void {
    if (this.json) this.terminal.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** One object of a JSON-lines stream, written with `--json` only. */
  event(value: { readonly type: string } & Readonly<Record<string, unknown>>): void {
    if (this.json) this.terminal.stdout.write(`${JSON.stringify(value)}\n`);
  }

  progress(step: string, fraction: number, message?: string): void {
    this.display.update(step, fraction, message);
  }

  /** Takes bars off the screen; the command goes on or ends. */
  endProgress(): void {
    this.display.end();
  }

  error(error: unknown): void {
    this.endProgress();
    const { code, message, details } = describe(error);
    // An interruption is what the person asked for, and its message already says how to go on.
    this.terminal.stderr.write(code === 'INTERRUPTED' ? `${message}\n` : `error: ${message}\n`);
    if (code === 'INTERNAL' && error instanceof Error && error.stack !== undefined)
      this.terminal.stderr.write(`${error.stack.slice(error.stack.indexOf('\n    at ') + 1)}\n`);
    if (this.json)
      this.terminal.stdout.write(`${JSON.stringify({ type: 'error', error: { code, message, details } })}\n`);
  }
}

function describe(error: unknown): { code: string; message: string; details: Readonly<Record<string, unknown>> } {
  if (error instanceof AppError) return error;
  const interrupted = exitCodeOf(error) === EXIT.interrupted;
  return { code: interrupted ? 'INTERRUPTED' : 'INTERNAL', message: errorMessage(error), details: {} };
}

/** Pads columns to their widest cell; the last column is left ragged. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}
