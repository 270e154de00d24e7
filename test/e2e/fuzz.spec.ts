import { describe, expect, it } from '@jest/globals';
import { fuzzService } from '../../bench/support/fuzz-service.js';

/** The short form of `npm run fuzz`. */
describe('requests after the OpenAPI document, right and wrong ones', () => {
  it('are never answered by 5xx, and refused in the one shape of errors', async () => {
    const { requests, byStatus, failures } = await fuzzService(1000, 7);
    expect(failures).toEqual([]);
    expect(requests).toBe(1000);
    // They do not all end at the first check.
    expect(byStatus['200']).toBeGreaterThan(50);
    expect(byStatus['400']).toBeGreaterThan(100);
    expect(byStatus['404']).toBeGreaterThan(50);
  });
});
