import { once } from 'node:events';
import { runCli } from './cli/index.js';

const code = await runCli(process.argv.slice(2));
// A pipe takes its time; leaving before it has taken everything would cut the output.
for (const stream of [process.stdout, process.stderr]) if (stream.writableNeedDrain) await once(stream, 'drain');
process.exit(code);
