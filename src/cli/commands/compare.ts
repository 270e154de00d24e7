import type { Command } from 'commander';
import { resolve } from 'node:path';
import { writeFileAtomic } from '../../common/index.js';
import type { ReportLanguage } from '../../training/config.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { CommandContext, CommandSpec } from '../program.js';
import { reportLanguage } from '../report-language.js';
import { stepContext } from '../step-context.js';
import { percent } from '../percent.js';
import { requireRunFolder } from './evaluate.js';

interface CompareOptions {
  readonly output?: string;
  readonly language?: ReportLanguage;
}

const MOST_LISTED = 20;

export const compareCommand: CommandSpec = {
  name: 'compare',
  define: (command: Command) =>
    command
      .description('compare two evaluated runs on the validation images that both have')
      .argument('<run-a>', 'folder of an evaluated run')
      .argument('<run-b>', 'folder of another')
      .option('-o, --output <file>', 'also write a page with the pictures of every answer that flipped')
      .option(
        '--language <code>',
        'of that page: en, zh-TW, zh-CN or vi (default: as the report of run-b)',
        reportLanguage,
      )
      .addHelpText('after', '\nExample:\n  $ polarline compare runs/a runs/b --output comparison.html'),
  run,
};

async function run(options: CompareOptions, args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { output, signal } = context;
  const [{ compareRuns, readEvaluationConfig }, { buildCompareReport, verdict }] = await Promise.all([
    import('../../training/evaluation/index.js'),
    import('../../training/report/index.js'),
  ]);
  const [runA, runB] = [await requireRunFolder(args[0]!, '<run-a>'), await requireRunFolder(args[1]!, '<run-b>')];
  const comparison = await compareRuns(runA, runB, stepContext('Comparing', output, signal));
  const page = options.output === undefined ? null : resolve(options.output);
  const language = options.language ?? (await readEvaluationConfig(runB)).evaluation.reportLanguage;
  if (page !== null) await writeFileAtomic(page, await buildCompareReport(comparison, runA, language));
  output.endProgress();
  output.document({ ...comparison, verdict: verdict(comparison), page });
  const { accuracyDifference, mapAtRDifference, originals, lost, won } = comparison;
  output.line(`${comparison.images} validation images of ${comparison.sources} sources that both runs have`);
  output.table([
    ['', 'A', 'B', 'B - A', 'p'],
    ['Accuracy', percent(comparison.accuracyA), percent(comparison.accuracyB), ...difference(accuracyDifference)],
    ['MAP@R', percent(comparison.mapAtRA), percent(comparison.mapAtRB), ...difference(mapAtRDifference)],
  ]);
  output.line(
    `As taken: right in A alone ${originals.onlyA}, in B alone ${originals.onlyB} (McNemar p = ${originals.pValue.toFixed(4)})`,
  );
  output.line(verdict(comparison));
  for (const [title, flips] of [
    ['Right in A, wrong in B', lost],
    ['Wrong in A, right in B', won],
  ] as const) {
    output.line(`\n${title}: ${flips.length}`);
    output.table(
      flips
        .slice(0, MOST_LISTED)
        .map((flip) => [flip.trueClass, `A: ${flip.answerA}`, `B: ${flip.answerB}`, flip.rowA.path]),
      '  ',
    );
    if (flips.length > MOST_LISTED) output.line(`  and ${flips.length - MOST_LISTED} more (--json lists all)`);
  }
  if (page !== null) output.line(`\nPage: ${page}`);
  return EXIT.done;
}

function difference({ mean, pValue }: { mean: number; pValue: number }): [string, string] {
  return [`${(mean * 100).toFixed(2)} points`, pValue.toFixed(4)];
}
