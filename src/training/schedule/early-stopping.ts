export interface EarlyStoppingSpec {
  readonly higherIsBetter: boolean;
  /** Epochs without improvement after which to stop; null never stops. */
  readonly patience: number | null;
  /** The patience is counted from this epoch at the earliest (a frozen backbone cannot show its best). */
  readonly countFromEpoch: number;
}

export interface EarlyStoppingState {
  readonly bestValue: number | null;
  readonly bestEpoch: number;
}

/** Remembers the best epoch and says when to give up. */
export class EarlyStopping {
  constructor(
    private readonly spec: EarlyStoppingSpec,
    private current: EarlyStoppingState = { bestValue: null, bestEpoch: -1 },
  ) {}

  get state(): EarlyStoppingState {
    return this.current;
  }

  /** Takes one epoch's figure; an equal figure is no improvement. */
  report(epoch: number, value: number): { improved: boolean; stop: boolean } {
    const { bestValue } = this.current;
    const improved =
      Number.isFinite(value) &&
      (bestValue === null || (this.spec.higherIsBetter ? value > bestValue : value < bestValue));
    if (improved) this.current = { bestValue: value, bestEpoch: epoch };
    const since = epoch - Math.max(this.current.bestEpoch, this.spec.countFromEpoch - 1);
    return { improved, stop: this.spec.patience !== null && since >= this.spec.patience };
  }
}
