import { CommanderError } from 'commander';
import { join } from 'node:path';
import { errorMessage } from '../common/index.js';
import { exitCodeOf } from '../cli/exit-codes.js';
import { Interrupt } from '../cli/interrupt.js';
import { formatDuration } from '../cli/task-view.js';
import { parseDemoOptions } from './demo-options.js';
import { runDemo } from './run-demo.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const startedAt = performance.now();
  const interrupt = new Interrupt().listen();
  try {
    const options = parseDemoOptions(process.argv.slice(2));
    const complete = await runDemo({ options, say, signal: interrupt.signal });
    say(
      `\n${complete ? 'All of it is there' : 'NOT everything is there'}, after ${formatDuration(performance.now() - startedAt)}: ${options.outputDir}`,
    );
    if (options.keep) say(howToLook(options.outputDir));
    return complete ? 0 : 1;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${errorMessage(error)}\n`);
    return exitCodeOf(error);
  }
}

/** Environment variables are set differently in each shell, so they are named and not spelt out. */
function howToLook(outputDir: string): string {
  return `To look around: npx polarline serve, with POLARLINE_DATA=${join(outputDir, 'data')} and POLARLINE_CONFIG=${join(outputDir, 'configs')}`;
}

process.exit(await main());
