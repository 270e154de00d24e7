import { parseArgs } from 'node:util';
import { chaos } from './support/chaos.js';

const OPTIONS = {
  tasks: { type: 'string', default: '30' },
  seed: { type: 'string', default: '1' },
  every: { type: 'string', default: '4' },
  minutes: { type: 'string', default: '15' },
} as const;

/** Tasks on the simulated line while workers, API, PostgreSQL and the tunnel are struck down: every task ends. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const { problems, ended, blows, ...figures } = await chaos({
    tasks: Number(values.tasks),
    seed: Number(values.seed),
    everyMs: Number(values.every) * 1000,
    limitMs: Number(values.minutes) * 60_000,
    say: (text) => console.log(text),
  });
  console.table({
    ...figures,
    ...ended,
    ...Object.fromEntries(Object.entries(blows).map(([k, v]) => [`${k} struck`, v])),
    problems: problems.length,
  });
  for (const problem of problems.slice(0, 20)) console.log(problem);
  if (problems.length > 0) process.exitCode = 1;
}
