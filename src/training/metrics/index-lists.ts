const EMPTY = new Int32Array(0);

/** For every value of an integer column, the ascending row numbers where it stands. */
export class IndexLists {
  private readonly lists = new Map<number, Int32Array>();

  constructor(column: Int32Array) {
    const sizes = new Map<number, number>();
    for (const value of column) sizes.set(value, (sizes.get(value) ?? 0) + 1);
    for (const [value, size] of sizes) this.lists.set(value, new Int32Array(size));
    const filled = new Map<number, number>();
    column.forEach((value, row) => {
      const next = filled.get(value) ?? 0;
      this.lists.get(value)![next] = row;
      filled.set(value, next + 1);
    });
  }

  of(value: number): Int32Array {
    return this.lists.get(value) ?? EMPTY;
  }

  get values(): number[] {
    return [...this.lists.keys()];
  }
}
