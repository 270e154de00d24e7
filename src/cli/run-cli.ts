import { keyCommand, userCommand } from './commands/access.js';
import { checkInputCommand } from './commands/check-input.js';
import { cleanupCommand } from './commands/cleanup.js';
import { compareCommand } from './commands/compare.js';
import { downloadCommand } from './commands/download.js';
import { embedCommand } from './commands/embed.js';
import { enginesCommand } from './commands/engines.js';
import { evaluateCommand } from './commands/evaluate.js';
import { knnCommand } from './commands/knn.js';
import { matchCommand } from './commands/match.js';
import { reportCommand } from './commands/report.js';
import { runCommand } from './commands/run.js';
import { serveCommand, workerCommand } from './commands/service.js';
import { cancelCommand, confirmCommand, listCommand, resumeCommand, statusCommand } from './commands/tasks.js';
import type { ExitCode } from './exit-codes.js';
import { runProgram, type CommandSpec } from './program.js';

export const COMMANDS: readonly CommandSpec[] = [
  runCommand,
  serveCommand,
  workerCommand,
  listCommand,
  statusCommand,
  confirmCommand,
  resumeCommand,
  cancelCommand,
  cleanupCommand,
  checkInputCommand,
  downloadCommand,
  embedCommand,
  enginesCommand,
  evaluateCommand,
  matchCommand,
  knnCommand,
  reportCommand,
  compareCommand,
  userCommand,
  keyCommand,
];

/** The whole command line tool; `args` without the program's name. Never throws. */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  return runProgram(COMMANDS, args);
}
