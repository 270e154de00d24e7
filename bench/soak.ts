import { parseArgs } from 'node:util';
import { removeCompiledSources } from '../test/support/compiled-sources.js';
import { soak } from './support/soak.js';

const OPTIONS = {
  tasks: { type: 'string', default: '1000' },
  seed: { type: 'string', default: '1' },
  'kill-every': { type: 'string', default: '3' },
  minutes: { type: 'string', default: '8' },
} as const;

/** Many starts at once, three workers, one of which is killed every few seconds: none lost, none doubled. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  try {
    const { problems, ...figures } = await soak({
      tasks: Number(values.tasks),
      seed: Number(values.seed),
      killEveryMs: Number(values['kill-every']) * 1000,
      limitMs: Number(values.minutes) * 60_000,
    });
    console.table({ ...figures, lostOrDoubled: problems.length });
    for (const problem of problems.slice(0, 20)) console.log(problem);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    await removeCompiledSources();
  }
}
