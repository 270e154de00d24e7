import type { Command } from 'commander';
import { RunFolder } from '../../dataset/index.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { CommandContext, CommandSpec } from '../program.js';
import { stepContext } from '../step-context.js';
import { printSummary, requireRunFolder } from './evaluate.js';

export const reportCommand: CommandSpec = {
  name: 'report',
  define: (command: Command) =>
    command
      .description('write the report of a run (one page that opens offline), with its golden samples as they are')
      .argument('<run>', 'folder of a trained run')
      .addHelpText(
        'after',
        '\nImages are embedded again only when the model or the data set has changed.\n\nExample:\n  $ polarline report runs/training_20250314_101500_3f2a91c0',
      ),
  run,
};

async function run(_options: unknown, [run]: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { output, signal } = context;
  const { evaluateRun, editGoldens, readEvaluationConfig } = await import('../../training/evaluation/index.js');
  const runFolder = await requireRunFolder(run!, '<run>');
  const config = await readEvaluationConfig(runFolder);
  const ctx = stepContext('Reporting', output, signal);
  const summary = await evaluateRun({ runFolder, config }, ctx, undefined, editGoldens(runFolder));
  output.endProgress();
  const { reportHtml, summaryReport } = new RunFolder(runFolder);
  output.document({ report: reportHtml, summary: summaryReport });
  printSummary(output, summary);
  output.line(`\nReport: ${reportHtml}`);
  return EXIT.done;
}
