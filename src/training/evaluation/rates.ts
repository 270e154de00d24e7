import type { ClassKey, Orientation } from '../../dataset/index.js';
import { clopperPearson, type Interval } from '../metrics/index.js';
import type { Answer } from './answers.js';

/** Errors among independent sources, with the exact two-sided interval of the true rate. */
export interface ErrorRate {
  readonly seen: number;
  readonly wrong: number;
  readonly rate: number | null;
  readonly interval: Interval | null;
}

export interface InspectionRates {
  /** Good parts, as taken, that were not accepted (false calls). */
  readonly overkill: ErrorRate;
  /** NG parts, as taken, that were accepted (missed defects). */
  readonly escape: ErrorRate;
  /**
   * Good parts of which a turned copy was accepted as if it pointed the way its class is mounted: what
   * the inspection would miss of parts mounted the wrong way round. Needs no NG images. Turns that a
   * symmetric part looks the same after are no trials.
   */
  readonly polarityEscape: ErrorRate;
}

/** Escape and overkill among these answers, counted in sources and not in rotated copies. */
export function inspectionRates(
  answers: readonly Answer[],
  natural: (classKey: ClassKey) => Orientation | null,
  confidence: number,
): InspectionRates {
  const overkill = new SourceCounter();
  const escape = new SourceCounter();
  const polarityEscape = new SourceCounter();
  for (const answer of answers) {
    const { row } = answer;
    const source = row.sourcePath;
    if (!row.ok) {
      if (row.rotationCwDeg === 0) escape.add(source, answer.accepted);
    } else if (row.rotationCwDeg === 0) overkill.add(source, !answer.accepted);
    else {
      const mounted = natural(row.classKey);
      // A turn that looks the same leaves the part mounted rightly: nothing to miss.
      if (mounted === null || row.orientation === mounted) continue;
      const passesAsMounted = answer.nearestOrientation === mounted && answer.reason === 'wrongOrientation';
      polarityEscape.add(source, passesAsMounted);
    }
  }
  return {
    overkill: overkill.rate(confidence),
    escape: escape.rate(confidence),
    polarityEscape: polarityEscape.rate(confidence),
  };
}

export function errorRate(wrong: number, seen: number, confidence: number): ErrorRate {
  return {
    seen,
    wrong,
    rate: seen === 0 ? null : wrong / seen,
    interval: seen === 0 ? null : clopperPearson(wrong, seen, confidence),
  };
}

/** One trial a source image, wrong when any of its images is. */
class SourceCounter {
  private readonly sources = new Map<string, boolean>();

  add(source: string, wrong: boolean): void {
    this.sources.set(source, (this.sources.get(source) ?? false) || wrong);
  }

  rate(confidence: number): ErrorRate {
    const wrong = [...this.sources.values()].filter(Boolean).length;
    return errorRate(wrong, this.sources.size, confidence);
  }
}
