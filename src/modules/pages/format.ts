/** How figures and times read on the pages. */
export function percent(progress: number): number {
  return Math.floor(progress * 100);
}

export function shortId(taskId: string): string {
  return taskId.slice(0, 8);
}

export function localTime(iso: string): string {
  return new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

export function clockTime(iso: string): string {
  return new Date(iso).toLocaleTimeString('en-GB');
}

/** `1 h 02 min`, `3 min 20 s`, `12.3 s`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

export function figure(value: unknown, digits = 4): string {
  return typeof value === 'number' && Number.isFinite(value) ? value.toFixed(digits) : '';
}

export const STATUS_LABELS = {
  pending: 'preparing',
  pending_orientation: 'waiting for you',
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
} as const;

export const STEP_TITLES = {
  scan: 'Read images',
  classify: 'Ask metadata',
  collect: 'Collect classes',
  samples: 'Choose samples',
  dataset: 'Build data set',
  train: 'Train',
  evaluate: 'Evaluate',
  summary: 'Summary',
} as const;
