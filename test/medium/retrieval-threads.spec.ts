import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const built = pathToFileURL(fileURLToPath(new URL('../../dist/training/metrics/index.js', import.meta.url))).href;

/** 10,000 queries are the fewest that are shared out; equal distances and groups are among them. */
const SCRIPT = `
import { retrievalMetrics } from ${JSON.stringify(built)};
const [count, dimension] = [10_000, 4];
const embeddings = Float32Array.from({ length: count * dimension }, (_, i) => ((i * 7919) % 101) / 50 - 1);
const labels = Int32Array.from({ length: count }, (_, i) => i % 7);
const groups = Int32Array.from({ length: count }, (_, i) => Math.floor(i / 28) * 7 + (i % 7));
const spec = { embeddings, dimension, labels, groups };
const alone = await retrievalMetrics({ ...spec, threads: 1 });
let fraction = 0;
const shared = await retrievalMetrics({ ...spec, threads: 3, onProgress: (one) => (fraction = one) });
let different = 0;
for (const [name, values] of Object.entries(alone.perQuery))
  values.forEach((value, i) => (different += Object.is(value, shared.perQuery[name][i]) ? 0 : 1));
const outcome = { different, fraction, mapAtR: [alone.mapAtR, shared.mapAtR] };
const controller = new AbortController();
const stopped = retrievalMetrics({ ...spec, threads: 2, signal: controller.signal });
controller.abort();
outcome.stopped = await stopped.catch(({ name }) => name);
embeddings[5] = Number.NaN;
outcome.failed = await retrievalMetrics({ ...spec, threads: 2 }).catch(({ code }) => code);
console.log(JSON.stringify(outcome));
`;

describe('ranking in threads', () => {
  it('answers every query as one thread does, stops when told, carries errors across and ends', () => {
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', SCRIPT], { encoding: 'utf8' });
    const outcome = JSON.parse(output) as { mapAtR: readonly [number, number] };
    expect(outcome).toMatchObject({
      different: 0,
      fraction: 1,
      stopped: 'AbortError',
      failed: 'EMBEDDINGS_NOT_FINITE',
    });
    expect(outcome.mapAtR[0]).toBe(outcome.mapAtR[1]);
  });
});
