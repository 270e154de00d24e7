import { checkInputCommand } from './commands/check-input.js';
import { embedCommand } from './commands/embed.js';
import { runCommand } from './commands/run.js';
import { serveCommand, workerCommand } from './commands/service.js';
import { cancelCommand, confirmCommand, listCommand, resumeCommand, statusCommand } from './commands/tasks.js';
import type { ExitCode } from './exit-codes.js';
import { runProgram } from './program.js';

const COMMANDS = [
  runCommand,
  serveCommand,
  workerCommand,
  listCommand,
  statusCommand,
  confirmCommand,
  resumeCommand,
  cancelCommand,
  checkInputCommand,
  embedCommand,
];

/** The whole command line tool; `args` without the program's name. Never throws. */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  return runProgram(COMMANDS, args);
}
