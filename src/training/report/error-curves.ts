/** A point of the curves that show what a threshold trades: shares of good parts rejected and bad ones accepted. */
export interface OperatingPoint {
  readonly threshold: number;
  readonly overkill: number;
  readonly escape: number;
}

/** Every threshold at which something changes, rising; empty when either side is. Accepts at score ≥ threshold. */
export function operatingPoints(good: readonly number[], bad: readonly number[]): OperatingPoint[] {
  if (good.length === 0 || bad.length === 0) return [];
  const goodSorted = [...good].sort((a, b) => a - b);
  const badSorted = [...bad].sort((a, b) => a - b);
  const thresholds = [...new Set([...goodSorted, ...badSorted])].sort((a, b) => a - b);
  let [g, b] = [0, 0];
  const points = thresholds.map((threshold) => {
    while (g < goodSorted.length && goodSorted[g]! < threshold) g++;
    while (b < badSorted.length && badSorted[b]! < threshold) b++;
    return { threshold, overkill: g / goodSorted.length, escape: 1 - b / badSorted.length };
  });
  return [...points, { threshold: thresholds[thresholds.length - 1]! + 1e-6, overkill: 1, escape: 0 }];
}

/** Area under the ROC curve: the chance that a good part scores above a bad one (ties count half). */
export function areaUnderRoc(points: readonly OperatingPoint[]): number | null {
  if (points.length === 0) return null;
  let area = 0;
  // From accepting all (escape 1, overkill 0) to rejecting all.
  let previous: OperatingPoint = { threshold: -Infinity, overkill: 0, escape: 1 };
  for (const point of points) {
    area += ((previous.escape - point.escape) * (2 - previous.overkill - point.overkill)) / 2;
    previous = point;
  }
  return area;
}
