import { describe, expect, it } from '@jest/globals';
import { chaos } from '../../bench/support/chaos.js';

/** The short form of `npm run chaos`. */
describe('tasks while everything around them is struck down', () => {
  it('all complete, with a whole trail and every artefact once', async () => {
    const result = await chaos({ tasks: 2, seed: 5, everyMs: 4000, mostBlows: 10, limitMs: 280_000 });
    expect(result.problems).toEqual([]);
    expect(result.ended).toEqual({ completed: 2 });
    expect(Object.values(result.blows).reduce((sum, n) => sum + n, 0)).toBeGreaterThan(1);
  });
});
