import type { Command } from 'commander';
import { availableParallelism } from 'node:os';
import type { CommandContext, CommandSpec } from '../program.js';

export const enginesCommand: CommandSpec = {
  name: 'engines',
  define: (command: Command) =>
    command
      .description('what this machine can train on, and what would be chosen')
      .addHelpText(
        'after',
        '\nA run picks by training.engine and training.executionProvider; both are auto by default.\n\nExample:\n  $ polarline engines',
      ),
  run: async (_options: object, _args: readonly string[], { output }: CommandContext) => {
    const { listEngines } = await import('../../training/engines/index.js');
    const engines = await listEngines();
    const cores = availableParallelism();
    output.document({
      cores,
      engines: engines.map(({ name, available, detail, chosenByAuto, reason }) => ({
        name,
        available,
        chosen_by_auto: chosenByAuto,
        reason,
        detail,
      })),
    });
    output.table(
      engines.map(({ name, available, detail, chosenByAuto }) => [
        chosenByAuto ? '*' : ' ',
        name,
        available ? 'works' : 'not here',
        detail,
      ]),
    );
    const reason = engines.find(({ chosenByAuto }) => chosenByAuto)?.reason;
    output.line(`\n* is what auto takes${reason ? ` (${reason})` : ''}. ${cores} processor threads.`);
  },
};
