import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { replaceFileAtomic } from '../../common/index.js';

const LINES_PER_WRITE = 500;

/** Writes one JSON object a line as they come; the file appears whole once the last one is written. */
export async function writeJsonl(path: string, rows: AsyncIterable<object> | Iterable<object>): Promise<number> {
  let count = 0;
  await replaceFileAtomic(path, async (temporaryPath) => {
    const handle = await open(temporaryPath, 'w');
    try {
      let lines: string[] = [];
      for await (const row of rows) {
        count++;
        lines.push(`${JSON.stringify(row)}\n`);
        if (lines.length < LINES_PER_WRITE) continue;
        await handle.writeFile(lines.join(''));
        lines = [];
      }
      await handle.writeFile(lines.join(''));
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
  return count;
}

/** Reads what `writeJsonl` wrote, row by row. */
export async function* readJsonl<T>(path: string): AsyncGenerator<T> {
  const stream = createReadStream(path, 'utf8');
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity }))
      if (line !== '') yield JSON.parse(line) as T;
  } finally {
    stream.destroy();
  }
}

/** All rows in groups of `size`; the last one may be smaller. */
export async function* inBatches<T>(rows: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
