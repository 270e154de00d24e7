import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  canonicalOrientation,
  ORIENTATIONS,
  ROTATIONS_CW_DEG,
  turnCw,
  type Orientation,
  type SymmetryOrder,
} from '../../dataset/index.js';
import type { Answer } from './answers.js';
import { inspectionRates } from './rates.js';
import { rotationConsistency } from './rotation-consistency.js';

const classKey = { product: 'P', component: 'IC1', light: 'R' };
type Given = Partial<Answer['row']> & Partial<Pick<Answer, 'accepted' | 'reason' | 'nearestOrientation'>>;

/** An answer as far as rates look at it. */
function answer({ accepted = true, reason = null, nearestOrientation = 'Up', ...row }: Given): Answer {
  const whole = { classKey, ok: true, rotationCwDeg: 0, orientation: 'Up', sourcePath: 'a', ...row };
  return { row: whole, accepted, reason, nearestOrientation } as unknown as Answer;
}

const mountedUp = (): Orientation => 'Up';

describe('inspectionRates', () => {
  const givens = fc.array(
    fc.record({
      sourcePath: fc.constantFrom('a', 'b', 'c', 'd'),
      ok: fc.boolean(),
      rotationCwDeg: fc.constantFrom(...ROTATIONS_CW_DEG),
      accepted: fc.boolean(),
      reason: fc.constantFrom(null, 'belowThreshold' as const, 'nearestIsNg' as const, 'wrongOrientation' as const),
      orientation: fc.constantFrom(...ORIENTATIONS),
      nearestOrientation: fc.constantFrom(...ORIENTATIONS),
    }),
    { maxLength: 30 },
  );

  it('agrees with counting sources one by one, with only NG, no NG and nothing at all', () => {
    fc.assert(
      fc.property(givens, fc.constantFrom('all', 'noNg', 'onlyNg'), (all, which) => {
        const list = all.filter(({ ok }) => which === 'all' || ok === (which === 'noNg'));
        const { overkill, escape, polarityEscape } = inspectionRates(list.map(answer), mountedUp, 0.95);
        const naive = (
          test: (one: (typeof list)[number]) => boolean,
          wrong: (one: (typeof list)[number]) => boolean,
        ) => {
          const own = list.filter(test);
          const seen = [...new Set(own.map(({ sourcePath }) => sourcePath))];
          const bad = seen.filter((source) => own.some((one) => one.sourcePath === source && wrong(one)));
          return { seen: seen.length, wrong: bad.length, rate: seen.length === 0 ? null : bad.length / seen.length };
        };
        const asTaken = ({ rotationCwDeg }: { rotationCwDeg: number }): boolean => rotationCwDeg === 0;
        expect(overkill).toMatchObject(
          naive(
            (one) => one.ok && asTaken(one),
            (one) => !one.accepted,
          ),
        );
        expect(escape).toMatchObject(
          naive(
            (one) => !one.ok && asTaken(one),
            (one) => one.accepted,
          ),
        );
        expect(polarityEscape).toMatchObject(
          naive(
            (one) => one.ok && !asTaken(one) && one.orientation !== 'Up',
            (one) => one.nearestOrientation === 'Up' && one.reason === 'wrongOrientation',
          ),
        );
        for (const { seen, rate, interval } of [overkill, escape, polarityEscape]) {
          expect(interval === null).toBe(seen === 0);
          if (interval === null || rate === null) continue;
          expect(interval.low).toBeLessThanOrEqual(rate);
          expect(interval.high).toBeGreaterThanOrEqual(rate);
        }
      }),
    );
  });
});

describe('polarity escape', () => {
  it('takes no turned copy for a trial that is mounted rightly all the same', () => {
    const copiesOf = (sourcePath: string, symmetry: SymmetryOrder): Answer[] =>
      ROTATIONS_CW_DEG.map((rotationCwDeg) => {
        const orientation = canonicalOrientation(turnCw('Up', rotationCwDeg), symmetry);
        const wrong = orientation !== 'Up';
        return answer({ sourcePath, rotationCwDeg, orientation, reason: wrong ? 'wrongOrientation' : null });
      });
    const answers = [...copiesOf('polar', 1), ...copiesOf('half', 2), ...copiesOf('round', 4)];
    expect(inspectionRates(answers, mountedUp, 0.95).polarityEscape).toMatchObject({ seen: 2, wrong: 2, rate: 1 });
  });
});

describe('rotationConsistency', () => {
  /** Four copies of one source of a part with this symmetry, answered from `start` on as a perfect model does. */
  const copies = (sourcePath: string, start: Orientation, symmetry: SymmetryOrder, spoiled = 0): Answer[] =>
    ROTATIONS_CW_DEG.map((rotationCwDeg, i) => {
      const right = canonicalOrientation(turnCw(start, rotationCwDeg), symmetry);
      const other = ORIENTATIONS.find((one) => one !== right)!;
      const orientation = canonicalOrientation(turnCw('Up', rotationCwDeg), symmetry);
      return answer({
        sourcePath,
        rotationCwDeg,
        orientation,
        nearestOrientation: i > 0 && i <= spoiled ? other : right,
      });
    });

  it('counts turned copies whose answer did not turn along, whatever the label and however symmetric the part', () => {
    const source = fc.record({
      start: fc.constantFrom(...ORIENTATIONS),
      symmetry: fc.constantFrom<SymmetryOrder>(1, 2, 4),
      spoiled: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(source, { maxLength: 8 }), (sources) => {
        const answers = sources.flatMap(({ start, symmetry, spoiled }, i) =>
          copies(String(i), canonicalOrientation(start, symmetry), symmetry, spoiled),
        );
        const { inconsistent, failures } = rotationConsistency(answers, 0.95);
        expect(inconsistent).toMatchObject({
          seen: 3 * sources.length,
          wrong: sources.reduce((sum, { spoiled }) => sum + spoiled, 0),
        });
        expect(failures).toHaveLength(sources.filter(({ spoiled }) => spoiled > 0).length);
      }),
    );
  });

  it('takes no notice of NG images and of sources without their original', () => {
    const lone = copies('a', 'Up', 1).slice(1);
    const ng = copies('b', 'Up', 1, 3).map((one) => ({ ...one, row: { ...one.row, ok: false } }));
    expect(rotationConsistency([...lone, ...ng], 0.95).inconsistent).toEqual({
      seen: 0,
      wrong: 0,
      rate: null,
      interval: null,
    });
  });
});
