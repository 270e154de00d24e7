/** What a long-running step tells while it works; `fraction` is 0..1 of that step alone. */
export interface StepProgress {
  readonly fraction: number;
  readonly message?: string;
  /** Figures worth charting, e.g. `{epoch, trainLoss, valMapAtR, imagesPerSecond, secondsLeft}`. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** What every long loop takes: a way to stop it, to hear from it, and to log. */
export interface StepContext {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: StepProgress) => void;
  readonly log: StepLog;
}

export interface StepLog {
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
}

/** A context that never aborts and says nothing: for tests and notebooks. */
export function silentContext(signal: AbortSignal = new AbortController().signal): StepContext {
  return { signal, onProgress: () => undefined, log: { info: () => undefined, warn: () => undefined } };
}
