import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { extname, join, resolve } from 'node:path';
import { badInput } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { required, wholeNumber, type CommandContext, type CommandSpec } from '../program.js';
import { stepContext } from '../step-context.js';

interface EmbedOptions {
  readonly model: string;
  readonly input: string;
  readonly output: string;
  readonly threads: number;
  readonly batchSize: number;
}

const MOST_NAMED = 10;

export const embedCommand: CommandSpec = {
  name: 'embed',
  define: (command: Command) => {
    command.description('embed every image of a folder, sub-folders included, with the preprocessing of training');
    required(command, '-m, --model <run|file>', 'run folder, or an exported .onnx file');
    required(command, '-i, --input <folder>', 'folder of images; names do not matter here');
    required(command, '-o, --output <file>', 'embeddings.npz (NumPy) or embeddings.jsonl');
    return command
      .option('--threads <n>', 'threads of the model (0: all cores)', wholeNumber, 0)
      .option('--batch-size <n>', 'images at a time', wholeNumber, 32)
      .addHelpText(
        'after',
        `
.npz holds "embeddings" [n, size] float32, L2-normalised, and "paths" [n]; .jsonl one {"path", "embedding"} a line.
Images that cannot be read are named and left out.

Examples:
  $ polarline embed --model runs/training_20250314_101500_3f2a91c0 --input D:/line/V31 --output v31.npz
  $ polarline embed -m best_model.onnx -i images -o embeddings.jsonl`,
      );
  },
  run,
};

async function run(options: EmbedOptions, _args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { output, signal } = context;
  const [{ createOnnxEmbedder }, { embeddingWriter, listImages, streamEmbeddings, writeEmbeddings }] =
    await Promise.all([import('../../training/engines/index.js'), import('../../training/embedding/index.js')]);
  const outputPath = resolve(options.output);
  embeddingWriter(outputPath);
  if (options.batchSize < 1) throw badInput('BATCH_SIZE_INVALID', '--batch-size: expected at least 1, got 0');
  const model = await findModel(options.model);
  const names = await listImages(resolve(options.input));
  if (names.length === 0)
    throw badInput('INPUT_EMPTY', `--input: expected images (jpg, jpeg, png, bmp) in ${options.input}, got none`);

  const embedder = await createOnnxEmbedder(model, { threads: options.threads });
  try {
    const paths = names.map((name) => join(resolve(options.input), ...name.split('/')));
    const batches = streamEmbeddings(embedder, paths, stepContext('Embedding', output, signal), {
      batchSize: options.batchSize,
    });
    const { written, unreadable } = await writeEmbeddings(outputPath, batches, names, embedder.embeddingSize);
    output.endProgress();
    output.document({
      output: outputPath,
      images: written,
      embedding_size: embedder.embeddingSize,
      unreadable: unreadable.map(({ index, reason }) => ({ path: names[index], reason })),
    });
    output.line(`${written} embeddings of ${embedder.embeddingSize} values in ${outputPath}`);
    if (unreadable.length > 0) {
      output.note(`${unreadable.length} images could not be read and were left out:`);
      for (const { reason } of unreadable.slice(0, MOST_NAMED)) output.note(`  ${reason}`);
      if (unreadable.length > MOST_NAMED)
        output.note(`  and ${unreadable.length - MOST_NAMED} more (--json names all)`);
    }
    return written === 0 ? EXIT.badInput : EXIT.done;
  } finally {
    await embedder.dispose();
  }
}

/** A run folder's best model, or the file itself. */
export async function findModel(given: string, option = '--model'): Promise<string> {
  const path = resolve(given);
  const found = await stat(path).catch(() => null);
  if (found === null)
    throw badInput(
      'MODEL_MISSING',
      `${option}: expected a run folder or an .onnx file, got ${given}, which does not exist`,
    );
  if (!found.isDirectory()) {
    if (extname(path).toLowerCase() === '.onnx') return path;
    throw badInput('MODEL_INVALID', `${option}: expected a run folder or an .onnx file, got the file ${given}`);
  }
  const { bestOnnx } = new RunFolder(path);
  if ((await stat(bestOnnx).catch(() => null)) !== null) return bestOnnx;
  throw badInput(
    'MODEL_MISSING',
    `${option}: expected a run folder with a trained model, got ${given} without ${bestOnnx.slice(path.length + 1)}; has its training finished?`,
  );
}
