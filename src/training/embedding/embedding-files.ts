import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { badInput, replaceFileAtomic } from '../../common/index.js';
import type { EmbeddedBatch, UnreadableImage } from './embed-images.js';
import { npyHeader, npyTexts } from './npy.js';

export interface WrittenEmbeddings {
  readonly written: number;
  readonly unreadable: readonly UnreadableImage[];
}

type Batches = AsyncIterable<EmbeddedBatch>;

/** Zip entries carry a date; a fixed one makes equal contents equal bytes. */
const ENTRY_DATE = new Date(1980, 0, 1);

/**
 * Writes embeddings as they come, in constant memory; the file appears whole or not at all.
 * `.npz`: NumPy arrays `embeddings` [n, size] float32 and `paths` [n]; `.jsonl`: one `{"path", "embedding"}` a line.
 * @throws AppError `EMBEDDING_FORMAT_UNKNOWN` for any other ending.
 */
export async function writeEmbeddings(
  outputPath: string,
  batches: Batches,
  names: readonly string[],
  embeddingSize: number,
): Promise<WrittenEmbeddings> {
  const writer = embeddingWriter(outputPath);
  let outcome: WrittenEmbeddings = { written: 0, unreadable: [] };
  await replaceFileAtomic(outputPath, async (temporaryPath) => {
    outcome = await writer(temporaryPath, batches, names, embeddingSize);
  });
  return outcome;
}

/** Refuses an output that no writer knows, before any work is done. */
export function embeddingWriter(outputPath: string): typeof writeNpz {
  const ending = extname(outputPath).toLowerCase();
  if (ending === '.npz') return writeNpz;
  if (ending === '.jsonl') return writeJsonLines;
  throw badInput('EMBEDDING_FORMAT_UNKNOWN', `expected an output file that ends in .npz or .jsonl, got ${outputPath}`, {
    outputPath,
  });
}

async function writeJsonLines(
  path: string,
  batches: Batches,
  names: readonly string[],
  embeddingSize: number,
): Promise<WrittenEmbeddings> {
  const unreadable: UnreadableImage[] = [];
  let written = 0;
  const lines = async function* (): AsyncGenerator<string> {
    for await (const batch of batches) {
      unreadable.push(...batch.unreadable);
      written += batch.indices.length;
      yield batch.indices.map((index, row) => jsonLine(names[index]!, batch.embeddings, row, embeddingSize)).join('');
    }
  };
  await pipeline(lines, createWriteStream(path));
  return { written, unreadable };
}

function jsonLine(path: string, embeddings: Float32Array, row: number, size: number): string {
  // Nine digits name a float32 exactly.
  const embedding = Array.from(embeddings.subarray(row * size, (row + 1) * size), (value) =>
    Number(value.toPrecision(9)),
  );
  return `${JSON.stringify({ path, embedding })}\n`;
}

/** The number of rows stands in the header, in front of rows that are still to come: they wait in a file of their own. */
async function writeNpz(
  path: string,
  batches: Batches,
  names: readonly string[],
  embeddingSize: number,
): Promise<WrittenEmbeddings> {
  const rowsPath = `${path}.rows`;
  const unreadable: UnreadableImage[] = [];
  const writtenNames: string[] = [];
  try {
    const rows = await open(rowsPath, 'w');
    try {
      for await (const batch of batches) {
        unreadable.push(...batch.unreadable);
        writtenNames.push(...batch.indices.map((index) => names[index]!));
        const { buffer, byteOffset, byteLength } = batch.embeddings;
        await rows.writeFile(new Uint8Array(buffer, byteOffset, byteLength));
      }
    } finally {
      await rows.close();
    }
    await writeZip(path, {
      'embeddings.npy': async function* () {
        yield npyHeader('<f4', [writtenNames.length, embeddingSize]);
        yield* createReadStream(rowsPath) as AsyncIterable<Buffer>;
      },
      'paths.npy': () => npyTexts(writtenNames),
    });
  } finally {
    await rm(rowsPath, { force: true });
  }
  return { written: writtenNames.length, unreadable };
}

async function writeZip(
  path: string,
  entries: Readonly<Record<string, () => AsyncIterable<Buffer> | Iterable<Buffer>>>,
): Promise<void> {
  const zip = new ZipFile();
  for (const [name, produce] of Object.entries(entries))
    zip.addReadStream(Readable.from(produce(), { objectMode: false }), name, { compress: false, mtime: ENTRY_DATE });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
}
