import { Command, CommanderError, InvalidArgumentError, type Option } from 'commander';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, packageRoot } from '../infra/config/index.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.js';
import { Interrupt } from './interrupt.js';
import { Output } from './output.js';
import { processTerminal, type Terminal } from './terminal.js';

/** What every command gets beside its own options. */
export interface CommandContext {
  readonly output: Output;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** One command of the tool: its options as commander sees them, and what it does. */
export interface CommandSpec {
  readonly name: string;
  define(command: Command): Command;
  /** Returns an exit code other than 0 where the outcome is no error but no success either. */
  run(options: never, args: readonly string[], context: CommandContext): Promise<ExitCode | void>;
}

/** Builds the command line out of its commands. The outcome of the command that ran goes to `finish`. */
export function createProgram(
  commands: readonly CommandSpec[],
  terminal: Terminal,
  finish: (code: ExitCode) => void,
): Command {
  const program = new Command('polarline')
    .description('From a folder of component images off an SMT line to a trained, proven and deployable model.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError(true)
    .showHelpAfterError('(add --help for all options)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
    })
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted.

Examples:
  $ polarline check-input --input-dir D:/line/V31 --site HPH --line-id V31
  $ polarline run --input-dir D:/line/V31 --output-dir D:/runs --site HPH --line-id V31
  $ polarline serve`,
    );
  for (const spec of commands) addCommand(program, spec, terminal, finish);
  return program;
}

/** Runs one command line and returns its exit code; never throws. */
export async function runProgram(
  commands: readonly CommandSpec[],
  args: readonly string[],
  terminal: Terminal = processTerminal({ plain: environment().noColor || environment().ci }),
): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = createProgram(commands, terminal, (outcome) => (code = outcome));
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Help and version come as errors too; a usage error is bad input.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.badInput;
    throw error;
  }
}

function addCommand(program: Command, spec: CommandSpec, terminal: Terminal, finish: (code: ExitCode) => void): void {
  const command = spec
    .define(program.command(spec.name))
    .option('--json', 'write JSON to stdout and nothing else')
    .allowExcessArguments(false);
  command.action(async () => {
    refuseMissing(command);
    const options = command.opts<{ json?: boolean }>();
    const output = new Output(terminal, options.json === true);
    const interrupt = new Interrupt().listen();
    try {
      const context = { output, signal: interrupt.signal };
      finish((await spec.run(options as never, command.args, context)) ?? EXIT.done);
    } catch (error) {
      output.error(error);
      finish(exitCodeOf(error));
    } finally {
      output.endProgress();
      interrupt.stop();
    }
  });
}

const requiredOptions = new WeakSet<Option>();

/**
 * An option that must be given. Commander's own would be asked for before a misspelt one is told, and then
 * `--input-dri x` answers that --input-dir is missing.
 */
export function required(command: Command, flags: string, description: string): Command {
  const option = command.createOption(flags, description);
  requiredOptions.add(option);
  return command.addOption(option);
}

function refuseMissing(command: Command): void {
  const missing = command.options.filter(
    (option) => requiredOptions.has(option) && command.getOptionValue(option.attributeName()) === undefined,
  );
  if (missing.length === 0) return;
  const names = missing.map(({ flags }) => `'${flags}'`).join(', ');
  command.error(`error: required option${missing.length === 1 ? '' : 's'} ${names} not specified`);
}

/** For options that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

export function wholeNumber(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError(`Expected a whole number, got "${value}".`);
  return Number(value);
}

function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
