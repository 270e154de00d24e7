const START = 1024;
const LARGEST = 65_536;
/** Steps without an overflow after which a larger scale is tried. */
const PATIENCE_STEPS = 500;

/**
 * What losses are multiplied by before they are differentiated, so that half-precision gradients neither vanish nor
 * overflow (Micikevicius et al., 2018): halved at an overflow, doubled after a long time without one. Powers of two
 * only, which change no digit.
 */
export class LossScale {
  private scale: number;
  private goodSteps = 0;

  constructor(readonly isActive: boolean) {
    this.scale = isActive ? START : 1;
  }

  get value(): number {
    return this.scale;
  }

  /** After gradients that are not finite: true when a smaller scale is worth another try. */
  shrink(): boolean {
    this.goodSteps = 0;
    if (this.scale <= 1) return false;
    this.scale /= 2;
    return true;
  }

  succeeded(): void {
    if (!this.isActive || ++this.goodSteps < PATIENCE_STEPS) return;
    this.goodSteps = 0;
    this.scale = Math.min(LARGEST, this.scale * 2);
  }
}
