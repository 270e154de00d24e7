import type { Command } from 'commander';
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { badInput } from '../../common/index.js';
import { nameClasses, originalFileName, parseImageName, RunFolder, type ClassKey } from '../../dataset/index.js';
import type { EmbeddedGoldenSet } from '../../training/golden-samples/index.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { required, type CommandContext, type CommandSpec } from '../program.js';
import { requireRunFolder } from './evaluate.js';

interface MatchOptions {
  readonly model: string;
  readonly class?: string;
  readonly orientation?: string;
}

export const matchCommand: CommandSpec = {
  name: 'match',
  define: (command: Command) => {
    command.description('judge one image against the golden samples of its class: OK or NG, and why');
    required(command, '-m, --model <run>', 'folder of an evaluated run');
    return command
      .argument('<image>', 'the image to judge')
      .option('-c, --class <name>', 'class, e.g. P1_IC1_R or P1/IC1/R (default: from the file name)')
      .option('--orientation <way>', 'which way it has to point (default: as its class is mounted)')
      .addHelpText(
        'after',
        `
Example:
  $ polarline match --model RUN 20240101120000_board1@IC1_001_R.jpg --class P1_IC1_R
  NG: points Down and not Up (similarity 0.943 to P1_IC1_R/Down_1, threshold 0.812); matches only when turned 180°`,
      );
  },
  run,
};

async function run(options: MatchOptions, [image]: readonly string[], { output }: CommandContext): Promise<ExitCode> {
  const folder = new RunFolder(await requireRunFolder(options.model));
  const [{ findClassKey, matchImage, parseOrientation }, { readGoldenSet }, { readThresholds }, engines, transforms] =
    await Promise.all([
      import('../../training/evaluation/index.js'),
      import('../../training/golden-samples/index.js'),
      import('../../training/calibration/index.js'),
      import('../../training/engines/index.js'),
      import('../../training/transforms/index.js'),
    ]);
  await assertReadable(image!);
  const goldens = await readGoldenSet(folder.goldenSamples);
  const thresholds = await readThresholds(join(folder.results, 'thresholds.json'));
  const classKey = options.class === undefined ? classFromName(goldens, image!) : findClassKey(goldens, options.class);
  const expected = options.orientation === undefined ? null : parseOrientation(options.orientation);
  const embedder = await engines.createOnnxEmbedder(folder.bestOnnx, { threads: 0 });
  try {
    const planes = await transforms.decodeToPlanes(resolve(image!), embedder.imageSizePx);
    const match = await matchImage({ planes, embedder, goldens, thresholds, classKey, expected });
    const { golden, ...rest } = match;
    output.document({ image, classKey, ...rest, golden: { id: golden.id, image: golden.imagePath } });
    output.line(match.message);
    output.table(
      match.rotations.map(({ angleCwDeg, similarity }) => [
        angleCwDeg === 0 ? 'as it is' : `turned ${angleCwDeg}°`,
        similarity.toFixed(3),
      ]),
      '  ',
    );
    return EXIT.done;
  } finally {
    await embedder.dispose();
  }
}

async function assertReadable(image: string): Promise<void> {
  const found = await stat(image).catch(() => null);
  if (found?.isFile()) return;
  throw badInput(
    'IMAGE_MISSING',
    `${image}: expected a JPEG, PNG or BMP picture, got ${found === null ? 'nothing there' : 'a folder'}`,
  );
}

/** Component and light from the file name, when one class alone has them. */
function classFromName({ set }: EmbeddedGoldenSet, image: string): ClassKey {
  const parsed = parseImageName(originalFileName(basename(image)));
  const naming = nameClasses(set.goldens.map(({ classKey }) => classKey));
  const keys = naming.folders.map((name) => naming.keyOf(name)!);
  const fitting = parsed.ok
    ? keys.filter(({ component, light }) => component === parsed.name.component && light === parsed.name.light)
    : [];
  if (fitting.length === 1) return fitting[0]!;
  const names = (fitting.length > 0 ? fitting : keys).map((key) => naming.folderOf(key));
  throw badInput(
    'CLASS_WANTED',
    `${image}: its name ${fitting.length > 1 ? 'fits several classes' : 'does not tell its class'}; give --class with one of ${names.join(', ')}`,
  );
}
