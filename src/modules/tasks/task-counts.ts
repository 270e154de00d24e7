const FRESH_MS = 1_000;
const USABLE_MS = 10_000;
const LARGE = 5_000;
const MOST_KEPT = 1_000;

/**
 * Totals of long lists: counting takes longest there, so a total may be a second old, and while it is counted
 * anew nobody waits for it. Short lists are counted each time.
 */
export class TaskCounts {
  private readonly known = new Map<string, { readonly at: number; readonly total: number }>();
  private readonly counting = new Set<string>();

  /** Null where it has to be counted now. @param count counts it anew when the known total is not fresh */
  get(key: string, count: () => Promise<number>): number | null {
    const known = this.known.get(key);
    const ageMs = known ? Date.now() - known.at : Infinity;
    if (!known || ageMs > USABLE_MS) return null;
    if (ageMs > FRESH_MS && !this.counting.has(key)) {
      this.counting.add(key);
      void count()
        .then(
          (total) => this.set(key, total),
          // The next one who asks hears of the error.
          () => this.known.delete(key),
        )
        .finally(() => this.counting.delete(key));
    }
    return known.total;
  }

  set(key: string, total: number): void {
    if (this.known.size >= MOST_KEPT) this.known.clear();
    if (total >= LARGE) this.known.set(key, { at: Date.now(), total });
    else this.known.delete(key);
  }
}
