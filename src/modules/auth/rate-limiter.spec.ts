import { describe, expect, it } from '@jest/globals';
import { RateLimiter } from './rate-limiter.js';

describe('the rate limit', () => {
  it('lets so many through at once, then as many as come back with time, for each caller', () => {
    const limiter = new RateLimiter(60);
    for (let i = 0; i < 60; i++) limiter.take('key:mes', 0);
    expect(() => limiter.take('key:mes', 0)).toThrow(
      expect.objectContaining({
        code: 'RATE_LIMITED',
        httpStatus: 429,
        details: { limit: 60, retry_after_seconds: 1 },
      }),
    );
    expect(() => limiter.take('user:ann', 0)).not.toThrow();
    expect(() => limiter.take('key:mes', 1_000)).not.toThrow();
    expect(() => limiter.take('key:mes', 1_000)).toThrow();
    for (let i = 0; i < 60; i++) limiter.take('key:mes', 600_000);
    expect(() => limiter.take('key:mes', 600_000)).toThrow();
  });

  it('says how long to wait where little is allowed', () => {
    const limiter = new RateLimiter(10);
    for (let i = 0; i < 10; i++) limiter.take('a', 0);
    expect(() => limiter.take('a', 0)).toThrow(/try again in 6 s/);
  });

  it('keeps its memory bounded, whoever comes', () => {
    const limiter = new RateLimiter(10);
    for (let i = 0; i < 50_000; i++) limiter.take(`10.0.${i >> 8}.${i & 255}`, i);
    expect((limiter as unknown as { buckets: Map<string, unknown> }).buckets.size).toBeLessThanOrEqual(10_000);
  });
});
