import { setTimeout as sleep } from 'node:timers/promises';
import { StopRequest } from '../../common/index.js';
import { LeaseLost, type Standing } from './leases.js';

const HEARTBEAT_MS = 1_000;
/** A lease renewed this short a while ago is held: leases last 5 s at least. */
const SURELY_HELD_MS = 1_000;

export type StopReason = 'cancelled' | 'lost' | 'shutdown';

/** A row in this worker's hands: keeps its lease alive, and hears when the work has to stop. */
export class Hold {
  private readonly controller = new AbortController();
  private readonly ended = new AbortController();
  private reason: StopReason | null = null;
  /** When a renewal began that succeeded. */
  private renewedAt = Date.now();
  private heartbeat: Promise<void> = Promise.resolve();

  /** @param what is held, for people */
  constructor(
    private readonly what: string,
    private readonly leaseMs: number,
    private readonly renewLease: () => Promise<Standing>,
  ) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Why the work has to stop, or null while it goes on. */
  get stopReason(): StopReason | null {
    return this.reason;
  }

  /** @param graceMs how long the end may take; null for the usual time */
  stop(reason: StopReason, graceMs: number | null = null): void {
    if (this.reason !== null) return;
    this.reason = reason;
    this.controller.abort(new StopRequest(`stopped: ${reason}`, graceMs));
  }

  /**
   * Asked before files appear under their final names: a worker that was away for a while (suspended, cut off)
   * must not write into what another has by now. @throws LeaseLost
   */
  async assertHeld(): Promise<void> {
    if (Date.now() - this.renewedAt < SURELY_HELD_MS) return;
    const standing = await this.renew();
    const silentMs = Date.now() - this.renewedAt;
    if (standing === 'held' || (standing === 'unknown' && silentMs < this.leaseMs - SURELY_HELD_MS)) return;
    this.stop(standing === 'unknown' ? 'lost' : standing);
    throw new LeaseLost(`${this.what} is no longer held by this worker.`);
  }

  startHeartbeat(): void {
    this.heartbeat = this.beat();
  }

  async endHeartbeat(): Promise<void> {
    this.ended.abort();
    await this.heartbeat;
  }

  private async beat(): Promise<void> {
    for (;;) {
      await sleep(HEARTBEAT_MS, undefined, { signal: this.ended.signal }).catch(() => undefined);
      if (this.ended.signal.aborted) return;
      const standing = await this.renew();
      if (standing === 'cancelled' || standing === 'lost') this.stop(standing);
      else if (Date.now() - this.renewedAt > this.leaseMs) this.stop('lost');
    }
  }

  private async renew(): Promise<Standing> {
    const askedAt = Date.now();
    const standing = await this.renewLease();
    if (standing === 'held') this.renewedAt = Math.max(this.renewedAt, askedAt);
    return standing;
  }
}
