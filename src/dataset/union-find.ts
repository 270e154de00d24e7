/** Disjoint sets over 0..size-1 with path halving and union by size. */
export class UnionFind {
  private readonly parent: Int32Array;
  private readonly sizes: Int32Array;

  constructor(size: number) {
    this.parent = Int32Array.from({ length: size }, (_, i) => i);
    this.sizes = new Int32Array(size).fill(1);
  }

  find(item: number): number {
    let at = item;
    while (this.parent[at] !== at) {
      this.parent[at] = this.parent[this.parent[at]!]!;
      at = this.parent[at]!;
    }
    return at;
  }

  /** Whether this joined two sets. */
  union(a: number, b: number): boolean {
    let [big, small] = [this.find(a), this.find(b)];
    if (big === small) return false;
    if (this.sizes[big]! < this.sizes[small]!) [big, small] = [small, big];
    this.parent[small] = big;
    this.sizes[big]! += this.sizes[small]!;
    return true;
  }

  /** All sets with their members in ascending order, by their first member. */
  groups(): number[][] {
    const byRoot = new Map<number, number[]>();
    for (let i = 0; i < this.parent.length; i++) {
      const root = this.find(i);
      const group = byRoot.get(root);
      if (group === undefined) byRoot.set(root, [i]);
      else group.push(i);
    }
    return [...byRoot.values()];
  }
}
