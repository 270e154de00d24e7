import type { FittedThreshold, SideEvidence, ThresholdBudget } from './threshold-set.js';

interface WordsInputs {
  readonly status: FittedThreshold['status'];
  readonly overkill: SideEvidence;
  readonly escape: SideEvidence;
  readonly budget: ThresholdBudget;
  readonly confidence: number;
}

/** What the evidence allows to be said of a threshold, and what it does not. */
export function thresholdWords({ status, overkill, escape, budget, confidence }: WordsInputs): string {
  if (status === 'noData')
    return 'No held-out image of this class or any other: the threshold is a guess. Collect images and evaluate again.';
  return [
    ngWords(status, escape, budget, confidence),
    goodWords(overkill, confidence),
    budgetWords(status, overkill, escape, budget, confidence),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

function ngWords(
  status: FittedThreshold['status'],
  escape: SideEvidence,
  budget: ThresholdBudget,
  confidence: number,
): string {
  if (escape.seen === 0) {
    const wanted = budget.kind === 'escapeRate' ? `, so a budget of ${percent(budget.atMost)} cannot be shown` : '';
    return `No NG seen: nothing can be said of the escape rate${wanted}; the threshold comes from good parts alone.`;
  }
  const seen = `${escape.seen} NG seen${poolWords(escape)}`;
  if (escape.wrong === 0 && (status === 'bestShown' || escape.seen < 30))
    return `${seen}, none accepted: the best escape rate that can be shown is ${percent(escape.atMost)} at ${percent(confidence)}.`;
  return `${seen}, ${escape.wrong} accepted (${percent(escape.rate ?? 0)}): the true escape rate is at most ${percent(escape.atMost)} at ${percent(confidence)}.`;
}

function goodWords(overkill: SideEvidence, confidence: number): string {
  if (overkill.seen === 0) return 'No held-out good part seen: nothing can be said of overkill.';
  return `${overkill.seen} good parts seen${poolWords(overkill)}, ${overkill.wrong} rejected (${percent(overkill.rate ?? 0)}): overkill is at most ${percent(overkill.atMost)} at ${percent(confidence)}.`;
}

function budgetWords(
  status: FittedThreshold['status'],
  overkill: SideEvidence,
  escape: SideEvidence,
  budget: ThresholdBudget,
  confidence: number,
): string {
  if (budget.kind === 'equalCost') return '';
  const what = budget.kind === 'escapeRate' ? 'escape' : 'overkill';
  const side = budget.kind === 'escapeRate' ? escape : overkill;
  const kept = side.seen > 0 && side.atMost <= budget.atMost;
  if (kept && status === 'budget') return `The ${what} budget of ${percent(budget.atMost)} is kept.`;
  if (side.seen === 0) return '';
  const needed = sourcesNeeded(budget.atMost, confidence);
  const noun = budget.kind === 'escapeRate' ? 'NG' : 'good parts';
  if (needed !== null && side.seen >= needed)
    return `The ${what} budget of ${percent(budget.atMost)} is not shown: the best threshold still gets ${side.wrong} of ${side.seen} ${noun} wrong.`;
  return needed === null
    ? `An ${what} rate of 0 cannot be shown by any number of images.`
    : `The ${what} budget of ${percent(budget.atMost)} is not shown: that takes at least ${needed} ${noun} with no error.`;
}

/** How many error-free trials it takes to show a rate of at most `atMost`; null when no number does. */
export function sourcesNeeded(atMost: number, confidence: number): number | null {
  if (atMost <= 0) return null;
  if (atMost >= 1) return 1;
  return Math.ceil(Math.log(1 - confidence) / Math.log(1 - atMost) - 1e-9);
}

function poolWords({ pool }: SideEvidence): string {
  if (pool === 'component') return ' (pooled over the component)';
  return pool === 'all' ? ' (pooled over all classes)' : '';
}

export function percent(rate: number): string {
  const value = rate * 100;
  const digits = value === 0 || value >= 9.95 || Number.isInteger(value) ? 0 : value >= 0.95 ? 1 : 2;
  return `${value.toFixed(digits)} %`;
}
