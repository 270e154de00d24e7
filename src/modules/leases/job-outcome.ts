/** What became of a queue job. */
export type JobOutcome =
  | { readonly kind: 'done' }
  /** Nothing to do: another job has this row by now, or it has ended. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'held'; readonly untilMs: number }
  | { readonly kind: 'stopped' };
