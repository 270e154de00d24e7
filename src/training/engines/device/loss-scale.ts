import type { LossScaleState } from '../engine.js';

const START: LossScaleState = { value: 1024, goodSteps: 0 };
const UNSCALED: LossScaleState = { value: 1, goodSteps: 0 };
const LARGEST = 65_536;
/** Steps without an overflow after which a larger scale is tried. */
const PATIENCE_STEPS = 500;

/**
 * What losses are multiplied by before they are differentiated, so that half-precision gradients neither vanish nor
 * overflow (Micikevicius et al., 2018): halved at an overflow, doubled after a long time without one. Powers of two
 * only, which change no digit.
 */
export class LossScale {
  private current: LossScaleState;

  constructor(readonly isActive: boolean) {
    this.current = isActive ? START : UNSCALED;
  }

  get value(): number {
    return this.current.value;
  }

  /** What a checkpoint keeps; undefined in single precision. */
  get state(): LossScaleState | undefined {
    return this.isActive ? this.current : undefined;
  }

  /** Goes on from a kept state, or from the start where there is none. */
  restore(state: LossScaleState | undefined): void {
    if (this.isActive) this.current = state ?? START;
  }

  /** After gradients that are not finite: true when a smaller scale is worth another try. */
  shrink(): boolean {
    const worthwhile = this.value > 1;
    this.current = { value: worthwhile ? this.value / 2 : this.value, goodSteps: 0 };
    return worthwhile;
  }

  succeeded(): void {
    if (!this.isActive) return;
    const goodSteps = this.current.goodSteps + 1;
    this.current =
      goodSteps < PATIENCE_STEPS
        ? { value: this.value, goodSteps }
        : { value: Math.min(LARGEST, this.value * 2), goodSteps: 0 };
  }
}
