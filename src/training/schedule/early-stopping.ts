export interface EarlyStoppingSpec {
  readonly higherIsBetter: boolean;
  /** Validations without improvement after which to stop; null never stops. */
  readonly patience: number | null;
  readonly validateEveryEpochs: number;
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

/** Before the first figure. */
export const NOTHING_SEEN: EarlyStoppingState = { bestValue: null, bestTieBreak: Number.MAX_VALUE, bestEpoch: -1 };

export interface EarlyStoppingVerdict {
  /** The figure rose, or held while the tie-break fell: keep these weights. */
  readonly keep: boolean;
  readonly stop: boolean;
}

/** Remembers the best epoch and says when to give up. */
export class EarlyStopping {
  constructor(
    private readonly spec: EarlyStoppingSpec,
    private current: EarlyStoppingState = NOTHING_SEEN,
  ) {}

  get state(): EarlyStoppingState {
    return this.current;
  }

  /**
   * Takes the figure of an epoch (from 0) that was validated. Small validation sets reach a perfect figure
   * early, and the epochs after it still differ in how clearly they decide: `tieBreak` (a loss, lower is better)
   * chooses among equal figures, but does not keep a training going.
   */
  report(epoch: number, value: number, tieBreak = 0): EarlyStoppingVerdict {
    const { bestValue, bestTieBreak, bestEpoch } = this.current;
    const improved = this.isBetter(value, bestValue);
    const keep = improved || (value === bestValue && tieBreak < bestTieBreak);
    if (keep) this.current = { bestValue: value, bestTieBreak: tieBreak, bestEpoch: improved ? epoch : bestEpoch };
    const { patience, countFromEpoch } = this.spec;
    const since =
      this.validationsIn(epoch + 1) - this.validationsIn(Math.max(this.current.bestEpoch + 1, countFromEpoch));
    return { keep, stop: patience !== null && since >= patience };
  }

  /** Those of the first `epochs` epochs, so that a state needs no more than the best epoch. */
  private validationsIn(epochs: number): number {
    return Math.floor(epochs / this.spec.validateEveryEpochs);
  }

  isBetter(value: number, than: number | null): boolean {
    if (!Number.isFinite(value)) return false;
    if (than === null) return true;
    return this.spec.higherIsBetter ? value > than : value < than;
  }
}
