export interface EarlyStoppingSpec {
  readonly higherIsBetter: boolean;
  /** Epochs without improvement after which to stop; null never stops. */
  readonly patience: number | null;
  /** The patience is counted from this epoch at the earliest (a frozen backbone cannot show its best). */
  readonly countFromEpoch: number;
}

export interface EarlyStoppingState {
  readonly bestValue: number | null;
  /** Of the epochs with that figure, the one to keep: the lowest. */
  readonly bestTieBreak: number;
  /** The first epoch that reached the best figure: from here the patience counts. */
  readonly bestEpoch: number;
}

export interface EarlyStoppingVerdict {
  /** The figure rose, or held while the tie-break fell: keep these weights. */
  readonly keep: boolean;
  readonly stop: boolean;
}

/** Remembers the best epoch and says when to give up. */
export class EarlyStopping {
  constructor(
    private readonly spec: EarlyStoppingSpec,
    private current: EarlyStoppingState = { bestValue: null, bestTieBreak: Number.MAX_VALUE, bestEpoch: -1 },
  ) {}

  get state(): EarlyStoppingState {
    return this.current;
  }

  /**
   * Takes one epoch's figure. Small validation sets reach a perfect figure early, and the epochs after it still
   * differ in how clearly they decide: `tieBreak` (a loss, lower is better) chooses among equal figures, but does
   * not keep a training going.
   */
  report(epoch: number, value: number, tieBreak = 0): EarlyStoppingVerdict {
    const { bestValue, bestTieBreak, bestEpoch } = this.current;
    const improved = this.isBetter(value, bestValue);
    const keep = improved || (value === bestValue && tieBreak < bestTieBreak);
    if (keep) this.current = { bestValue: value, bestTieBreak: tieBreak, bestEpoch: improved ? epoch : bestEpoch };
    const since = epoch - Math.max(this.current.bestEpoch, this.spec.countFromEpoch - 1);
    return { keep, stop: this.spec.patience !== null && since >= this.spec.patience };
  }

  isBetter(value: number, than: number | null): boolean {
    if (!Number.isFinite(value)) return false;
    if (than === null) return true;
    return this.spec.higherIsBetter ? value > than : value < than;
  }
}
