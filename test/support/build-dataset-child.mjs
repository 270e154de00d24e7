// Builds a data set from a JSON spec in a process of its own. Says each step of its progress on a line and goes on only
// when it is answered, so that a kill finds it where its parent thinks it is.
import { readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [sources, specPath] = process.argv.slice(2);
const { buildDataset } = await import(pathToFileURL(join(sources, 'orientation', 'index.js')).href);
const log = { info: () => undefined, warn: () => undefined };
const [STDIN, STDOUT] = [0, 1];
const onProgress = ({ fraction }) => {
  writeSync(STDOUT, `${fraction}\n`);
  readSync(STDIN, Buffer.alloc(1));
};
await buildDataset(JSON.parse(readFileSync(specPath, 'utf8')), {
  signal: new AbortController().signal,
  onProgress,
  log,
});
process.exit(0);
