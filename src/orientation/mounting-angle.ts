import type { Orientation, RotationCwDeg, SymmetryOrder } from '../dataset/index.js';
import { canonicalOrientation, turnCw } from './rotation-group.js';

/** How many images the metadata gives each mounting angle, in whole degrees 0..359; images without one do not count. */
export type MountingAngles = Readonly<Record<string, number>>;

/** Placement programs write quarter turns; what is further off is mounted askew on purpose. */
const TOLERANCE_DEG = 5;

export function countAngles(anglesDeg: Iterable<number | null | undefined>): MountingAngles {
  const counts: Record<string, number> = {};
  for (const angle of anglesDeg) {
    if (typeof angle !== 'number' || !Number.isFinite(angle)) continue;
    const whole = ((Math.round(angle) % 360) + 360) % 360;
    counts[whole] = (counts[whole] ?? 0) + 1;
  }
  return counts;
}

/** The angle that every image with one names; null when there is none or more than one. */
export function soleAngleDeg(angles: MountingAngles | null): number | null {
  const named = Object.keys(angles ?? {});
  return named.length === 1 ? Number(named[0]) : null;
}

/** What the metadata's angles, then and now, make of an earlier answer. */
export interface AngleEvidence {
  readonly thenDeg: number;
  readonly nowDeg: number;
  /** Mounted as it was, as far as one can see: the earlier answer stands. */
  readonly holds: boolean;
  readonly candidates: readonly Orientation[];
}

/** Null where one of the two names no angle or several: then the angles say nothing. */
export function angleEvidence(
  answer: { readonly orientation: Orientation; readonly symmetry: SymmetryOrder },
  then: MountingAngles | null,
  now: MountingAngles | null,
): AngleEvidence | null {
  const [thenDeg, nowDeg] = [soleAngleDeg(then), soleAngleDeg(now)];
  if (thenDeg === null || nowDeg === null) return null;
  const candidates = candidatesAtAngle(answer, thenDeg, nowDeg);
  const holds = candidates.length === 1 && candidates[0] === canonicalOrientation(answer.orientation, answer.symmetry);
  return { thenDeg, nowDeg, holds, candidates };
}

/**
 * Which way a part points that was answered at one mounting angle and is now mounted at another, under the names
 * that its symmetry leaves. The metadata does not say which way it counts its angles, so a quarter turn leaves two
 * candidates; what is no quarter turn leaves none.
 */
export function candidatesAtAngle(
  { orientation, symmetry }: { readonly orientation: Orientation; readonly symmetry: SymmetryOrder },
  thenDeg: number,
  nowDeg: number,
): readonly Orientation[] {
  const turned = (nowDeg - thenDeg + 360) % 360;
  const quarters = Math.round(turned / 90);
  if (Math.abs(turned - quarters * 90) > TOLERANCE_DEG) return [];
  const turns = [quarters % 4, (4 - quarters) % 4].map((n) => (n * 90) as RotationCwDeg);
  return [...new Set(turns.map((turn) => canonicalOrientation(turnCw(orientation, turn), symmetry)))];
}
