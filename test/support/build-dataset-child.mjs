// Builds a data set from a JSON spec in a process of its own; says each step of its progress on a line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [sources, specPath] = process.argv.slice(2);
const { buildDataset } = await import(pathToFileURL(join(sources, 'orientation', 'index.js')).href);
const log = { info: () => undefined, warn: () => undefined };
const onProgress = ({ fraction }) => process.stdout.write(`${fraction}\n`);
await buildDataset(JSON.parse(readFileSync(specPath, 'utf8')), {
  signal: new AbortController().signal,
  onProgress,
  log,
});
process.stdout.write('done\n');
