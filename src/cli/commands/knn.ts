import type { Command } from 'commander';
import { resolve } from 'node:path';
import type { StepContext } from '../../common/index.js';
import { loadManifest, RunFolder } from '../../dataset/index.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { required, wholeNumber, type CommandContext, type CommandSpec } from '../program.js';
import { stepContext } from '../step-context.js';
import { findModel } from './embed.js';
import { percent } from '../percent.js';
import { requireRunFolder } from './evaluate.js';

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
  const embedder = await createOnnxEmbedder(model, { threads: 0 });
  try {
    const ctx = stepContext('Embedding the gallery', output, signal);
    const query = await embedImages(embedder, [resolve(image!)], { ...ctx, onProgress: () => undefined });
    const gallery =
      options.gallery === undefined
        ? await trainingGallery(await requireRunFolder(options.model), ctx)
        : await folderGallery(options.gallery, (paths) => embedImages(embedder, paths, ctx));
    const found = await evaluation.knnQuery({
      query,
      gallery: gallery.embeddings,
      names: gallery.names,
      labels: gallery.labels,
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

interface Gallery {
  readonly embeddings: Float32Array;
  readonly names: readonly string[];
  readonly labels: readonly string[];
}

/** A run keeps its embeddings from its evaluation, so that a query takes no longer than one image. */
async function trainingGallery(runFolder: string, ctx: StepContext): Promise<Gallery> {
  const [{ embedRun, realParts }, { indicesWhere, pickImages }] = await Promise.all([
    import('../../training/evaluation/index.js'),
    import('../../training/golden-samples/index.js'),
  ]);
  const rows = await loadManifest(new RunFolder(runFolder).manifest);
  const { images } = await embedRun(runFolder, rows, 0, await realParts(), ctx);
  const training = pickImages(
    images,
    indicesWhere(images, (row) => row.split === 'train'),
  );
  return {
    embeddings: training.embeddings,
    names: training.rows.map(({ path }) => path),
    labels: training.rows.map(({ label }) => label),
  };
}

async function folderGallery(
  place: string,
  embed: (paths: readonly string[]) => Promise<Float32Array>,
): Promise<Gallery> {
  const { readImageSet } = await import('../../training/evaluation/index.js');
  const images = await readImageSet(place);
  return {
    embeddings: await embed(images.map(({ absolutePath }) => absolutePath)),
    names: images.map(({ name }) => name),
    labels: images.map(({ label }) => label),
  };
}
