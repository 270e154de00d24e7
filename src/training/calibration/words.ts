import { ENGLISH, type Statement, type TextKey } from '../report-texts/index.js';
import type { FittedThreshold, PoolLevel, SideEvidence, ThresholdBudget } from './threshold-set.js';

/** What a threshold rests on. */
export interface ThresholdEvidence {
  readonly status: FittedThreshold['status'];
  readonly overkill: SideEvidence;
  readonly escape: SideEvidence;
  readonly budget: ThresholdBudget;
  readonly confidence: number;
}

/** The sentences of `thresholds.json`. */
export function thresholdWords(evidence: ThresholdEvidence): string {
  return ENGLISH.sayAll(thresholdStatements(evidence));
}

/** What the evidence allows to be said of a threshold, and what it does not. */
export function thresholdStatements(evidence: ThresholdEvidence): Statement[] {
  if (evidence.status === 'noData') return [{ key: 'words.noData', values: {} }];
  return [ofNg(evidence), ofGood(evidence), ...ofBudget(evidence)];
}

type Pooled = Readonly<Record<PoolLevel, TextKey>>;

const NG_NONE: Pooled = {
  class: 'words.ngNone',
  component: 'words.ngNoneComponent',
  all: 'words.ngNoneAll',
  none: 'words.ngNone',
};
const NG_SOME: Pooled = {
  class: 'words.ngSome',
  component: 'words.ngSomeComponent',
  all: 'words.ngSomeAll',
  none: 'words.ngSome',
};
const GOOD: Pooled = {
  class: 'words.good',
  component: 'words.goodComponent',
  all: 'words.goodAll',
  none: 'words.good',
};

function ofNg({ status, escape, budget, confidence }: ThresholdEvidence): Statement {
  if (escape.seen === 0)
    return budget.kind === 'escapeRate'
      ? { key: 'words.noNgBudget', values: { budget: { share: budget.atMost } } }
      : { key: 'words.noNg', values: {} };
  const none = escape.wrong === 0 && (status === 'bestShown' || escape.seen < 30);
  return none
    ? {
        key: NG_NONE[escape.pool],
        values: { seen: escape.seen, atMost: { share: escape.atMost }, confidence: { share: confidence } },
      }
    : { key: NG_SOME[escape.pool], values: sideValues(escape, confidence) };
}

function ofGood({ overkill, confidence }: ThresholdEvidence): Statement {
  return overkill.seen === 0
    ? { key: 'words.noGood', values: {} }
    : { key: GOOD[overkill.pool], values: sideValues(overkill, confidence) };
}

function sideValues({ seen, wrong, rate, atMost }: SideEvidence, confidence: number): Statement['values'] {
  return { seen, wrong, rate: { share: rate ?? 0 }, atMost: { share: atMost }, confidence: { share: confidence } };
}

const BUDGET_KEYS = {
  escapeRate: {
    kept: 'words.escapeKept',
    missed: 'words.escapeMissed',
    zero: 'words.escapeZero',
    needs: 'words.escapeNeeds',
  },
  overkillRate: {
    kept: 'words.overkillKept',
    missed: 'words.overkillMissed',
    zero: 'words.overkillZero',
    needs: 'words.overkillNeeds',
  },
} as const satisfies Record<string, Record<string, TextKey>>;

function ofBudget({ status, overkill, escape, budget, confidence }: ThresholdEvidence): Statement[] {
  if (budget.kind === 'equalCost') return [];
  const keys = BUDGET_KEYS[budget.kind];
  const side = budget.kind === 'escapeRate' ? escape : overkill;
  const wanted = { budget: { share: budget.atMost } };
  if (side.seen > 0 && side.atMost <= budget.atMost && status === 'budget') return [{ key: keys.kept, values: wanted }];
  if (side.seen === 0) return [];
  const needed = sourcesNeeded(budget.atMost, confidence);
  if (needed === null) return [{ key: keys.zero, values: {} }];
  return side.seen >= needed
    ? [{ key: keys.missed, values: { ...wanted, wrong: side.wrong, seen: side.seen } }]
    : [{ key: keys.needs, values: { ...wanted, needed } }];
}

/** How many error-free trials it takes to show a rate of at most `atMost`; null when no number does. */
export function sourcesNeeded(atMost: number, confidence: number): number | null {
  if (atMost <= 0) return null;
  if (atMost >= 1) return 1;
  return Math.ceil(Math.log(1 - confidence) / Math.log(1 - atMost) - 1e-9);
}
