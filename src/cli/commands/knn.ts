import type { Command } from 'commander';
import { resolve } from 'node:path';
import { loadManifest, RunFolder } from '../../dataset/index.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { required, wholeNumber, type CommandContext, type CommandSpec } from '../program.js';
import { stepContext } from '../step-context.js';
import { findModel } from './embed.js';
import { percent, requireRunFolder } from './evaluate.js';

interface KnnOptions {
  readonly model: string;
  readonly gallery?: string;
  readonly k: number;
}

export const knnCommand: CommandSpec = {
  name: 'knn',
  define: (command: Command) => {
    command.description('the images most similar to one image, and the class that most of them have');
    required(command, '-m, --model <run|file>', 'run folder, or (with --gallery) an exported .onnx file');
    return command
      .argument('<image>', 'the image to look up')
      .option('--gallery <folder|manifest>', 'where to search (default: the training images of the run)')
      .option('-k <n>', 'how many neighbours', wholeNumber, 5)
      .addHelpText('after', '\nExample:\n  $ polarline knn --model RUN query.jpg --gallery D:/references -k 3');
  },
  run,
};

async function run(options: KnnOptions, [image]: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { output, signal } = context;
  const [evaluation, { createOnnxEmbedder }, { embedImages }] = await Promise.all([
    import('../../training/evaluation/index.js'),
    import('../../training/engines/index.js'),
    import('../../training/embedding/index.js'),
  ]);
  const model = await findModel(options.model);
  const gallery =
    options.gallery === undefined
      ? await trainingImages(await requireRunFolder(options.model))
      : await evaluation.readImageSet(options.gallery);
  const embedder = await createOnnxEmbedder(model, { threads: 0 });
  try {
    const ctx = stepContext('Embedding the gallery', output, signal);
    const paths = gallery.map(({ absolutePath }) => absolutePath);
    const found = await evaluation.knnQuery({
      query: await embedImages(embedder, [resolve(image!)], { ...ctx, onProgress: () => undefined }),
      gallery: await embedImages(embedder, paths, ctx),
      names: gallery.map(({ name }) => name),
      labels: gallery.map(({ label }) => label),
      k: Math.max(1, options.k),
    });
    output.endProgress();
    output.document({ image, ...found });
    output.line(`${found.answer} (${percent(found.agreement)} of the nearest)`);
    output.table(
      found.neighbours.map(({ similarity, label, image: name }) => [similarity.toFixed(3), label, name]),
      '  ',
    );
    return EXIT.done;
  } finally {
    await embedder.dispose();
  }
}

async function trainingImages(runFolder: string) {
  const { labelledRow } = await import('../../training/evaluation/index.js');
  const rows = await loadManifest(new RunFolder(runFolder).manifest);
  return rows.filter((row) => row.split === 'train').map((row) => labelledRow(runFolder, row));
}
