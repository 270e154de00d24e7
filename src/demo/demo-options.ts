import { Command, InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';

export interface DemoOptions {
  readonly outputDir: string;
  readonly seed: number;
  /** Good images of each class. */
  readonly imagesPerClass: number;
  readonly maxClasses: number;
  readonly maxEpochs: number;
  readonly keep: boolean;
  readonly verbose: boolean;
}

/** Parses the demo's own command line. @throws CommanderError for help (exit code 0) and for bad usage. */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
  const command = new Command('npm run demo --')
    .description('Runs the whole main job on a simulated production line and checks that everything is there.')
    .option('-o, --output <folder>', 'where line, run folder and logs go', 'demo-output')
    .option('--seed <n>', 'seed of the line, the split and the training', positive, 7)
    .option('--images <n>', 'good images of each class', positive, 24)
    .option('--classes <n>', 'at most so many of the 12 classes', positive, 12)
    .option('--epochs <n>', 'at most so many epochs', positive, 16)
    .option('--keep', "keep the demo's databases, so that `polarline serve` can open them afterwards")
    .option('--verbose', 'show the log of the service')
    .exitOverride()
    .addHelpText('after', '\nExample:\n  $ npm run demo -- --seed 3 --images 40');
  const options = command.parse(args, { from: 'user' }).opts<{
    output: string;
    seed: number;
    images: number;
    classes: number;
    epochs: number;
    keep?: boolean;
    verbose?: boolean;
  }>();
  return {
    outputDir: resolve(options.output),
    seed: options.seed,
    imagesPerClass: options.images,
    maxClasses: options.classes,
    maxEpochs: options.epochs,
    keep: options.keep === true,
    verbose: options.verbose === true,
  };
}

function positive(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError(`Expected a whole number above 0, got "${value}".`);
  return Number(value);
}
