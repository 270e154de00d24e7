import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '../../common/index.js';
import { crossFitThresholds } from './cross-fit.js';
import { fitThreshold, type FitSpec } from './fit-threshold.js';
import { fitThresholds, type CalibrationSample } from './fit-thresholds.js';
import type { ThresholdBudget } from './threshold-set.js';
import { sourcesNeeded } from './words.js';

const classKey = { product: 'P', component: 'IC1', light: 'R' };

function fit(good: number[], ng: number[], budget: ThresholdBudget, confidence = 0.95) {
  const spec: FitSpec = {
    good: { scores: good, pool: 'class' },
    ng: { scores: ng, pool: 'class' },
    budget,
    confidence,
  };
  return fitThreshold(spec);
}

/** Good scores about 0.9, NG about 0.6, both normal with the same spread: true rates are known. */
const SPREAD = 0.1;
const good = (random: Random): number => 0.9 + SPREAD * random.normal();
const ng = (random: Random): number => 0.6 + SPREAD * random.normal();
const draw = (n: number, of: (random: Random) => number, random: Random): number[] =>
  Array.from({ length: n }, () => Math.max(-0.99, Math.min(1, of(random))));

/** P(Z > z), by Simpson's rule: good to 1e-9, and independent of the code under test. */
function upperTail(z: number): number {
  const [steps, end] = [2000, 10];
  const h = (end - z) / steps;
  const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(z) + density(end);
  for (let i = 1; i < steps; i++) sum += density(z + i * h) * (i % 2 === 1 ? 4 : 2);
  return (sum * h) / 3;
}

describe('budgets on data not seen, over 200 seeds', () => {
  const SEEDS = 200;
  const broken = (budget: ThresholdBudget, trueRate: (threshold: number) => number, atMost: number): number => {
    let count = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = new Random(`budget ${seed}`);
      const { threshold, status } = fit(draw(150, good, random), draw(120, ng, random), budget, 0.9);
      expect(status).toBe('budget');
      if (trueRate(threshold) > atMost) count++;
    }
    return count;
  };
  // At 90 % confidence at most 10 % of 200 may break; 20 + 3 standard deviations of luck = 32.
  const MOST_BROKEN = 32;

  it('keeps an escape budget of 5 % with the stated confidence', () => {
    const budget = { kind: 'escapeRate', atMost: 0.05 } as const;
    const count = broken(budget, (t) => upperTail((t - 0.6) / SPREAD), 0.05);
    expect(count).toBeLessThanOrEqual(MOST_BROKEN);
  });

  it('keeps an overkill budget of 4 % with the stated confidence', () => {
    const budget = { kind: 'overkillRate', atMost: 0.04 } as const;
    const count = broken(budget, (t) => upperTail((0.9 - t) / SPREAD), 0.04);
    expect(count).toBeLessThanOrEqual(MOST_BROKEN);
  });

  it('keeps both bounds of an equal-cost threshold with the stated confidence, many NG or few', () => {
    for (const [goodCount, ngCount] of [
      [150, 120],
      [400, 15],
      [40, 12],
    ] as const) {
      let [escapes, overkills] = [0, 0];
      for (let seed = 0; seed < SEEDS; seed++) {
        const random = new Random(`equal cost ${seed}`);
        // Good and NG that overlap: there the choice has the most to gain from luck.
        const near = draw(ngCount, () => 0.8 + SPREAD * random.normal(), random);
        const { threshold, status, escape, overkill } = fit(
          draw(goodCount, good, random),
          near,
          { kind: 'equalCost' },
          0.9,
        );
        expect(status).toBe('equalCost');
        if (upperTail((threshold - 0.8) / SPREAD) > escape.atMost) escapes++;
        if (upperTail((0.9 - threshold) / SPREAD) > overkill.atMost) overkills++;
      }
      expect(escapes).toBeLessThanOrEqual(MOST_BROKEN);
      expect(overkills).toBeLessThanOrEqual(MOST_BROKEN);
    }
  });

  it('without NG keeps overkill at 1 % with the stated confidence, few good parts or many', () => {
    for (const count of [15, 400]) {
      let over = 0;
      for (let seed = 0; seed < SEEDS; seed++) {
        const random = new Random(`good only ${seed}`);
        // Angles are what is normal here, as the tolerance limit assumes when scores are few.
        const scores = Array.from({ length: count }, () => Math.cos(Math.max(0, 0.4 + 0.05 * random.normal())));
        const { threshold, status } = fit(scores, [], { kind: 'equalCost' }, 0.9);
        expect(status).toBe('fromGoodOnly');
        if (upperTail((Math.acos(threshold) - 0.4) / 0.05) > 0.01) over++;
      }
      expect(over).toBeLessThanOrEqual(MOST_BROKEN);
    }
  });

  it('does not buy the budget by rejecting everything', () => {
    const random = new Random('overkill');
    const { threshold } = fit(
      draw(150, good, random),
      draw(120, ng, random),
      { kind: 'escapeRate', atMost: 0.05 },
      0.9,
    );
    expect(upperTail((0.9 - threshold) / SPREAD)).toBeLessThan(0.35);
  });
});

describe('fitThreshold', () => {
  it('stands in the middle of the gap when good and NG lie apart', () => {
    expect(fit([0.9, 0.95, 0.99], [0.2, 0.5], { kind: 'equalCost' }).threshold).toBeCloseTo(0.7, 12);
    expect(fit([0.9, 0.95, 0.99], [0.2, 0.5], { kind: 'escapeRate', atMost: 0.01 }).threshold).toBeCloseTo(0.7, 12);
  });

  it('rejects an NG score that has no number between itself and the next good one', () => {
    for (const budget of [{ kind: 'equalCost' }, { kind: 'escapeRate', atMost: 0.01 }] as const)
      expect(fit([0.5 + Number.EPSILON / 2], [0.5], budget).threshold).toBeGreaterThan(0.5);
  });

  it('stands above NG parts that are rejected anyway, where that costs nothing', () => {
    for (const budget of [{ kind: 'equalCost' }, { kind: 'escapeRate', atMost: 0.5 }] as const) {
      const ngPool = { scores: [-1, -1, -1], pool: 'class' as const, rejectedSimilarities: [0.1, 0.6, 0.95] };
      const goodPool = { scores: [0.9, 0.92], pool: 'class' as const };
      expect(fitThreshold({ good: goodPool, ng: ngPool, budget, confidence: 0.8 }).threshold).toBeCloseTo(0.75, 12);
    }
  });

  it('is not dragged down by good parts that are rejected whatever the threshold', () => {
    const scores = [-1, -1, -1, ...Array.from({ length: 400 }, (_, i) => 0.8 + i * 1e-4)];
    expect(fit(scores, [], { kind: 'equalCost' }).threshold).toBeGreaterThanOrEqual(0.8);
    const budget = { kind: 'overkillRate', atMost: 0.001 } as const;
    expect(fit(scores, [], budget).threshold).toBeGreaterThan(0.7);
    expect(fit(scores, [0.2], budget)).toMatchObject({ threshold: expect.closeTo(0.5, 9), status: 'bestShown' });
    expect(fit([-1, -1], [0.2], budget).threshold).toBeGreaterThan(0.2);
  });

  it('is honest about scarce NG', () => {
    const few = fit(Array<number>(40).fill(0.9), Array<number>(12).fill(0.3), { kind: 'escapeRate', atMost: 0.01 });
    expect(few.status).toBe('bestShown');
    expect(few.words).toContain('12 NG seen, none accepted: the best escape rate that can be shown is 22 % at 95 %.');
    expect(few.words).toContain('at least 299 NG');
  });

  it('does not ask for more images where the errors are the reason', () => {
    const budget = { kind: 'overkillRate', atMost: 0.1 } as const;
    const scores = [...Array<number>(45).fill(0.9), ...Array<number>(7).fill(-1)];
    const { words } = fit(scores, [0.2], budget);
    expect(words).toContain('budget of 10 % is not shown: the best threshold still gets 7 of 52 good parts wrong');
  });

  it('says that it knows nothing of escapes without NG', () => {
    const blind = fit([0.9, 0.92, 0.94], [], { kind: 'escapeRate', atMost: 0.01 });
    expect(blind.status).toBe('fromGoodOnly');
    expect(blind.escape).toEqual({ pool: 'none', seen: 0, wrong: 0, rate: null, atMost: 1 });
    expect(blind.words).toContain('No NG seen');
    expect(blind.threshold).toBeLessThan(0.9);
  });

  it('works with only NG, and with nothing', () => {
    const onlyNg = fit([], [0.3, 0.4], { kind: 'overkillRate', atMost: 0.01 });
    expect(onlyNg.threshold).toBeGreaterThan(0.4);
    expect(fit([], [], { kind: 'equalCost' }).status).toBe('noData');
  });

  it('counts what it claims, for any scores and budget', () => {
    const scores = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 40 });
    const budgets = fc.oneof(
      fc.constant<ThresholdBudget>({ kind: 'equalCost' }),
      fc.double({ min: 0, max: 1, noNaN: true }).map((atMost): ThresholdBudget => ({ kind: 'escapeRate', atMost })),
      fc.double({ min: 0, max: 1, noNaN: true }).map((atMost): ThresholdBudget => ({ kind: 'overkillRate', atMost })),
    );
    fc.assert(
      fc.property(scores, scores, budgets, (goodScores, ngScores, budget) => {
        const { threshold, overkill, escape, status } = fit(goodScores, ngScores, budget);
        expect(overkill.wrong).toBe(goodScores.filter((s) => s < threshold).length);
        expect(escape.wrong).toBe(ngScores.filter((s) => s >= threshold).length);
        if (status === 'budget' && budget.kind === 'escapeRate')
          expect(escape.atMost).toBeLessThanOrEqual(budget.atMost);
        if (status === 'budget' && budget.kind === 'overkillRate')
          expect(overkill.atMost).toBeLessThanOrEqual(budget.atMost);
        if (status === 'equalCost' && goodScores.length > 0) {
          const cost = (t: number): number =>
            goodScores.filter((s) => s < t).length / goodScores.length +
            ngScores.filter((s) => s >= t).length / ngScores.length;
          for (const t of [...goodScores, ...ngScores, 2]) expect(cost(threshold)).toBeLessThanOrEqual(cost(t) + 1e-9);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('fitThresholds', () => {
  const sample = (
    product: string,
    component: string,
    ok: boolean,
    score: number,
    groupId: string,
  ): CalibrationSample => ({
    classKey: { product, component, light: 'R' },
    ok,
    score,
    similarity: score,
    groupId,
  });
  const many = (product: string, component: string, ok: boolean, score: number, n: number): CalibrationSample[] =>
    Array.from({ length: n }, (_, i) =>
      sample(product, component, ok, score + i * 1e-4, `${product}${component}${ok}${i}`),
    );

  it('pools small classes with their component, then with all, and says so', () => {
    const samples = [
      ...many('P', 'IC1', true, 0.9, 20),
      ...many('Q', 'IC1', true, 0.8, 2),
      ...many('P', 'R7', true, 0.7, 3),
      ...many('P', 'IC1', false, 0.2, 12),
    ];
    const keys = [
      classKey,
      { product: 'Q', component: 'IC1', light: 'R' },
      { product: 'P', component: 'R7', light: 'R' },
    ];
    const fitted = fitThresholds({ samples, classKeys: keys, budget: { kind: 'equalCost' }, confidence: 0.95 });
    expect(fitted.classes.map(({ overkill }) => [overkill.pool, overkill.seen])).toEqual([
      ['class', 20],
      ['component', 22],
      ['all', 25],
    ]);
    expect(fitted.classes.map(({ escape }) => escape.pool)).toEqual(['class', 'component', 'all']);
    expect(fitted.classes[1]!.words).toContain('pooled over the component');
    expect(fitted.of({ product: 'new', component: 'new', light: 'new' })).toBe(fitted.fallback);
  });

  it('counts several images of one board instance as one trial, the worst', () => {
    const samples = [
      sample('P', 'IC1', true, 0.9, 'a'),
      sample('P', 'IC1', true, 0.7, 'a'),
      sample('P', 'IC1', false, 0.1, 'b'),
    ];
    const [fitted] = fitThresholds({
      samples,
      classKeys: [classKey],
      budget: { kind: 'equalCost' },
      confidence: 0.95,
    }).classes;
    expect(fitted!.overkill.seen).toBe(1);
    expect(fitted!.threshold).toBeCloseTo(0.4, 12);
  });
});

describe('crossFitThresholds', () => {
  it('pools a class in every fold as the shipped thresholds do, also where a fold leaves it fewer than ten', () => {
    const of = (component: string, goodScore: number, ngScore: number, count: number): CalibrationSample[] =>
      Array.from({ length: 2 * count }, (_, i) => {
        const ok = i < count;
        const score = ok ? goodScore : ngScore;
        const groupId = `${component} ${i}`;
        return { classKey: { ...classKey, component }, ok, score, similarity: score, groupId };
      });
    for (const count of [9, 10, 11, 12]) {
      const samples = [...of('IC1', 0.9, 0.7, count), ...of('R7', 0.5, 0.3, 20)];
      const classKeys = ['IC1', 'R7'].map((component) => ({ ...classKey, component }));
      const spec = { samples, classKeys, budget: { kind: 'equalCost' } as const, confidence: 0.95 };
      const shipped = fitThresholds(spec);
      const judgeBy = crossFitThresholds(spec);
      for (const sample of samples) expect(judgeBy(sample)).toBe(shipped.of(sample.classKey).threshold);
    }
  });

  it('judges no image by a threshold that its own group took part in', () => {
    const random = new Random('cross');
    const samples = Array.from({ length: 40 }, (_, i): CalibrationSample => {
      const ok = i % 4 !== 0;
      const score = ok ? good(random) : ng(random);
      return { classKey, ok, score, similarity: score, groupId: `g${i}` };
    });
    const spec = { samples, classKeys: [classKey], budget: { kind: 'equalCost' } as const, confidence: 0.95 };
    const before = crossFitThresholds(spec);
    samples.forEach((sample, i) => {
      // Whatever this group's own score had been, its threshold must be the same.
      const changed = samples.map((s, j) => (j === i ? { ...s, score: s.ok ? -0.9 : 0.99 } : s));
      expect(crossFitThresholds({ ...spec, samples: changed })(sample)).toBe(before(sample));
    });
  });
});

describe('sourcesNeeded', () => {
  it('is the rule of three, exactly', () => {
    expect(sourcesNeeded(0.01, 0.95)).toBe(299);
    expect(sourcesNeeded(0.05, 0.95)).toBe(59);
    expect(sourcesNeeded(0, 0.95)).toBeNull();
  });
});
