import type { Command } from 'commander';
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { badInput } from '../../common/index.js';
import { applyOverrides, validateConfig } from '../../infra/config/index.js';
import { trainConfigSchema, type TrainConfig } from '../../training/config.js';
import type { EvaluationSummary, GoldenChoice, GoldenEdit, ImageSetResult } from '../../training/evaluation/index.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Output } from '../output.js';
import { percent, percentNumber } from '../percent.js';
import { collect, required, wholeNumber, type CommandContext, type CommandSpec } from '../program.js';
import { stepContext } from '../step-context.js';
import { findModel } from './embed.js';

interface EvaluateOptions {
  readonly model: string;
  readonly data?: string;
  readonly gallery?: string;
  readonly golden: readonly string[];
  readonly freshGoldens?: boolean;
  readonly set: readonly string[];
  readonly output?: string;
  readonly k?: number;
}

export const evaluateCommand: CommandSpec = {
  name: 'evaluate',
  define: (command: Command) => {
    command.description('evaluate a run again, or any labelled images with its model');
    required(command, '-m, --model <run|file>', 'run folder, or (with --data) an exported .onnx file');
    return command
      .option('-d, --data <folder|manifest>', 'images in one sub-folder a class, or a manifest.jsonl')
      .option('--gallery <folder|manifest>', 'search here; without it, every image among the others')
      .option('-k <n>', 'neighbours that vote (default: knn.k of the run, else 1)', wholeNumber)
      .option('-o, --output <folder>', 'where to put the results of --data')
      .option(
        '--golden <id=image>',
        'put a training image of the manifest in place of a golden sample; id= takes that back',
        collect,
        [],
      )
      .option('--fresh-goldens', 'choose all golden samples anew, those a person had chosen too')
      .option('--set <key=value>', 'change an evaluation setting, e.g. evaluation.goldensPerClass=3', collect, [])
      .addHelpText(
        'after',
        `
Without --data the run's own validation images are judged again, without training: with other golden samples or
for another budget; what the last evaluation was told with --set stays. Its results/ are replaced.
With --data any classes will do, also ones the model never saw.

Examples:
  $ polarline evaluate --model runs/training_20250314_101500_3f2a91c0 --golden "P1_IC1_R/Up_1=dataset/train/Up/a.png"
  $ polarline evaluate --model RUN --set evaluation.thresholdBudget.kind=escapeRate --set evaluation.thresholdBudget.atMost=0.01
  $ polarline evaluate --model best_model.onnx --data D:/new-parts --gallery D:/references`,
      );
  },
  run,
};

async function run(options: EvaluateOptions, _args: readonly string[], context: CommandContext): Promise<ExitCode> {
  return options.data === undefined ? evaluateAgain(options, context) : evaluateData(options, options.data, context);
}

async function evaluateAgain(options: EvaluateOptions, { output, signal }: CommandContext): Promise<ExitCode> {
  for (const [option, value] of [
    ['--gallery', options.gallery],
    ['--output', options.output],
    ['-k', options.k],
  ] as const)
    if (value !== undefined)
      throw badInput(
        'OPTION_UNSUITABLE',
        `${option}: expected it together with --data; without --data the run is judged on its own validation images`,
      );
  const evaluation = await import('../../training/evaluation/index.js');
  const runFolder = await requireRunFolder(options.model);
  const config = withSettings(await evaluation.readEvaluationConfig(runFolder), options.set);
  const choices = options.golden.map(parseChoice);
  const edit: GoldenEdit =
    options.freshGoldens === true
      ? async (fresh, images) => evaluation.applyChoices(choices)(fresh, fresh, images)
      : evaluation.editGoldens(runFolder, choices);
  const ctx = stepContext('Evaluating', output, signal);
  const summary = await evaluation.evaluateRun({ runFolder, config }, ctx, undefined, edit);
  output.endProgress();
  output.document(summary);
  printSummary(output, summary);
  output.line(`\nReport: ${join(runFolder, 'results', 'report.html')}`);
  return EXIT.done;
}

async function evaluateData(
  options: EvaluateOptions,
  data: string,
  { output, signal }: CommandContext,
): Promise<ExitCode> {
  if (options.golden.length > 0)
    throw badInput('OPTION_UNSUITABLE', '--golden: expected it without --data, for the run itself');
  const evaluation = await import('../../training/evaluation/index.js');
  const model = await findModel(options.model);
  const isRun = (await stat(options.model)).isDirectory();
  const config = withSettings(
    isRun ? await evaluation.readRunConfig(options.model) : trainConfigSchema.parse({}),
    options.set,
  );
  const images = await evaluation.readImageSet(data);
  const gallery = options.gallery === undefined ? undefined : await evaluation.readImageSet(options.gallery);
  const result = await evaluation.evaluateImageSet(
    {
      model,
      data: images,
      gallery,
      k: Math.max(1, options.k ?? config.knn.k),
      bootstrap: {
        samples: config.evaluation.bootstrapSamples,
        confidence: config.evaluation.confidence,
        seed: config.experiment.seed,
      },
    },
    stepContext('Evaluating', output, signal),
  );
  const folder = resolve(options.output ?? `evaluation_${basename(resolve(data)).replace(/\.[^.]*$/, '')}`);
  const files = await evaluation.writeImageSetResults(folder, result);
  output.endProgress();
  const { answers: _answers, ...figures } = result;
  output.document({ ...figures, output: folder, files });
  printImageSet(output, result);
  output.line(`\nResults in ${folder}`);
  return EXIT.done;
}

/** A run folder that has been trained. */
/** `option` is what the user calls it. */
export async function requireRunFolder(given: string, option = '--model'): Promise<string> {
  await findModel(given, option);
  if (!(await stat(given)).isDirectory())
    throw badInput('RUN_FOLDER_WANTED', `${option}: expected the folder of a run, got the file ${given}`);
  return resolve(given);
}

function withSettings(config: TrainConfig, assignments: readonly string[]): TrainConfig {
  if (assignments.length === 0) return config;
  const changed = applyOverrides(structuredClone(config), assignments);
  return validateConfig(trainConfigSchema, changed, {
    source: '--set',
    locate: (path) => assignments.find((one) => one.startsWith(path.map(String).join('.'))) ?? '--set',
  });
}

function parseChoice(text: string): GoldenChoice {
  const at = text.indexOf('=');
  if (at < 1)
    throw badInput(
      'GOLDEN_CHOICE_INVALID',
      `--golden: expected <golden id>=<image path of the manifest>, or <golden id>= for Polarline's own choice, got "${text}"`,
    );
  return {
    id: text.slice(0, at),
    imagePath: at === text.length - 1 ? null : text.slice(at + 1).replaceAll('\\', '/'),
    why: 'chosen on the command line',
  };
}

export function printSummary(output: Output, summary: EvaluationSummary): void {
  const { accuracy, retrieval, thresholds } = summary;
  const { overkill, escape, polarityEscape } = accuracy.all.rates;
  output.table([
    ['Accuracy', share(accuracy.all.accuracy), `${accuracy.all.images} validation images`],
    ['Overkill', rate(overkill), 'good parts rejected'],
    ['Escape', rate(escape), 'NG parts accepted'],
    ['Polarity escape', rate(polarityEscape), 'turned parts accepted as mounted'],
    ['P@1', share(retrieval.all.precisionAt1), 'leave-one-out'],
    ['MAP@R', share(retrieval.all.mapAtR), 'leave-one-out'],
  ]);
  output.line(`\n${thresholds.fallback.words}`);
  for (const note of summary.notes) output.note(note);
  if (summary.labelReview.total > 0)
    output.note(`${summary.labelReview.total} label doubts in results/label_review.csv`);
}

function printImageSet(output: Output, result: ImageSetResult): void {
  output.table([
    ['Images', String(result.images)],
    ...(result.galleryImages === null ? [] : [['Gallery', String(result.galleryImages)]]),
    ['Classes', String(result.classes.length)],
    ['k-NN accuracy', share(result.accuracy)],
    ['P@1', share(result.precisionAt1)],
    ['MAP@R', share(result.mapAtR)],
    ['Macro F1', percent(result.classification.macro.f1)],
  ]);
  if (result.classesNotInGallery.length > 0)
    output.note(`not in the gallery, so never answered rightly: ${result.classesNotInGallery.join(', ')}`);
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

function share({ value, interval }: { value: number | null; interval: Bounds | null }): string {
  return `${percent(value)}${bounds(interval)}`;
}

function rate(r: { seen: number; wrong: number; rate: number | null; interval: Bounds | null }): string {
  return r.seen === 0 ? 'not known' : `${percent(r.rate)}, ${r.wrong} of ${r.seen}${bounds(r.interval)}`;
}

function bounds(interval: Bounds | null): string {
  return interval === null ? '' : ` (${percentNumber(interval.low)} to ${percentNumber(interval.high)})`;
}
