import { afterAll, describe, expect, it } from '@jest/globals';
import { soak } from '../../bench/support/soak.js';
import { removeCompiledSources } from '../support/compiled-sources.js';

/** The short form of `npm run soak`. */
describe('a burst of starts while workers are killed', () => {
  afterAll(() => removeCompiledSources());

  it('loses no task and doubles none', async () => {
    const result = await soak({ tasks: 60, seed: 3, killEveryMs: 1500, limitMs: 240_000 });
    expect(result.problems).toEqual([]);
    expect(result.kills).toBeGreaterThan(0);
    expect(result.repeated).toBe(6);
  });
});
