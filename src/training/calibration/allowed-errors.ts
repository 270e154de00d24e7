import { atMostHolds } from '../metrics/index.js';

/** Most errors among `seen` whose exact upper bound still keeps the budget; −1 when not even none does. */
export function allowedErrors(seen: number, atMost: number, confidence: number): number {
  let allowed = -1;
  while (allowed + 1 < seen && atMostHolds(allowed + 1, seen, atMost, confidence)) allowed++;
  return allowed;
}
