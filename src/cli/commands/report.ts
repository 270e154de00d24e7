import type { Command } from 'commander';
import { join } from 'node:path';
import { RunFolder } from '../../dataset/index.js';
import type { ReportLanguage } from '../../training/config.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { CommandContext, CommandSpec } from '../program.js';
import { reportLanguage } from '../report-language.js';
import { stepContext } from '../step-context.js';
import { printSummary, requireRunFolder } from './evaluate.js';

export const reportCommand: CommandSpec = {
  name: 'report',
  define: (command: Command) =>
    command
      .description('write the report of a run (one page that opens offline), with its golden samples as they are')
      .argument('<run>', 'folder of a trained run')
      .option('--language <code>', 'write it in en, zh-TW, zh-CN or vi, beside results/report.html', reportLanguage)
      .addHelpText(
        'after',
        `
Images are embedded again only when the model or the data set has changed. With --language nothing is judged again:
results/report.<code>.html says what results/report.html says. That one keeps the language of
evaluation.reportLanguage (polarline evaluate --set evaluation.reportLanguage=vi changes it).

Examples:
  $ polarline report runs/training_20250314_101500_3f2a91c0
  $ polarline report runs/training_20250314_101500_3f2a91c0 --language vi`,
      ),
  run,
};

interface ReportOptions {
  readonly language?: ReportLanguage;
}

async function run({ language }: ReportOptions, [run]: readonly string[], context: CommandContext): Promise<ExitCode> {
  if (language !== undefined) return translate(run!, language, context);
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

async function translate(run: string, language: ReportLanguage, { output }: CommandContext): Promise<ExitCode> {
  const { writeReport } = await import('../../training/report/index.js');
  const runFolder = await requireRunFolder(run, '<run>');
  const report = join(new RunFolder(runFolder).results, `report.${language}.html`);
  await writeReport({ runFolder, language, output: report });
  output.document({ report, language });
  output.line(`Report: ${report}`);
  return EXIT.done;
}
