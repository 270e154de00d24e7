/** The first characters of an id, by which people name a task. */
export function shortId(taskId: string): string {
  return taskId.slice(0, 8);
}

/** Of 100, rounded down, for a progress bar. */
export function percent(progress: number): number {
  return Math.floor(progress * 100);
}
