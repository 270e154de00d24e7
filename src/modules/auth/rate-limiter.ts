import { AppError } from '../../common/index.js';

const MINUTE_MS = 60_000;
const MOST_BUCKETS = 10_000;

/**
 * Lets everybody make so many requests a minute: all at once, or evenly. A bucket of tokens for each caller
 * (user, key, or address where nobody is signed in) that fills up again with time.
 */
export class RateLimiter {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  constructor(private readonly perMinute: number) {}

  /** @throws AppError `RATE_LIMITED` (tooMany); `details.retry_after_seconds` says when to come again. */
  take(caller: string, nowMs = Date.now()): void {
    const known = this.buckets.get(caller);
    const tokens = known ? this.filled(known, nowMs) : this.perMinute;
    if (tokens < 1) {
      const seconds = Math.max(1, Math.ceil(((1 - tokens) * MINUTE_MS) / this.perMinute / 1000));
      throw new AppError(
        'tooMany',
        'RATE_LIMITED',
        `Expected at most ${this.perMinute} requests a minute (limits.requestsPerMinute), got more; try again in ${seconds} s.`,
        { limit: this.perMinute, retry_after_seconds: seconds },
      );
    }
    if (!known && this.buckets.size >= MOST_BUCKETS) this.forgetFull(nowMs);
    this.buckets.set(caller, { tokens: tokens - 1, at: nowMs });
  }

  private filled({ tokens, at }: { tokens: number; at: number }, nowMs: number): number {
    return Math.min(this.perMinute, tokens + ((nowMs - at) * this.perMinute) / MINUTE_MS);
  }

  /** A full bucket is as good as none. Should all be in use, everybody starts anew: memory stays bounded. */
  private forgetFull(nowMs: number): void {
    for (const [caller, bucket] of this.buckets)
      if (this.filled(bucket, nowMs) >= this.perMinute) this.buckets.delete(caller);
    if (this.buckets.size >= MOST_BUCKETS) this.buckets.clear();
  }
}
