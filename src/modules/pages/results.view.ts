import { digitsBelow } from '../../common/index.js';
import type { EvaluationSummary, WorstMistake } from '../../training/evaluation/index.js';
import type { GoldenSetDto } from '../goldens/index.js';
import type { ResultDetails } from '../results/result-details.service.js';
import type { RunAnswer, RunDoubt } from '../results/run-answers.js';
import type { TaskDto } from '../tasks/task-dto.js';
import { taskRow } from './dashboard.view.js';
import { shortId } from './format.js';
import type { I18n, MessageKey } from './i18n/index.js';

const MOST_MISTAKES = 12;
const MOST_DOUBTS = 12;
const MOST_GOLDENS = 120;
/** A larger matrix cannot be read; then the classes with mistakes are shown. */
const MOST_MATRIX_CLASSES = 24;
const BINS = 25;
const OUTLIERS = 0.02;

/** View of views/results.hbs. */
export function resultsView(
  task: TaskDto,
  details: ResultDetails,
  goldens: GoldenSetDto,
  others: readonly TaskDto[],
  i18n: I18n,
): { readonly title: string } & Record<string, unknown> {
  const { answers, summary, doubts } = details;
  const id = task.task_id;
  const wrong = answers.filter(({ correct }) => !correct).length;
  return {
    title: `${i18n.t('results.title')} ${shortId(id)}`,
    scripts: ['results.js'],
    task: taskRow(task, i18n),
    figures: summary && headline(summary, i18n),
    confidence: summary && i18n.t('results.confidence', { share: i18n.exactPercent(summary.thresholds.confidence) }),
    notes: summary?.notes ?? [],
    matrix: matrixView(id, answers, i18n),
    classes: summary ? classRows(id, summary, i18n) : [],
    histogram: histogramView(answers, summary?.thresholds.fallback.threshold ?? null, i18n),
    wrongText: i18n.t('results.mistakesOf', { wrong, total: answers.length }),
    anyWrong: wrong > 0,
    wrongUrl: imagesUrl(id, { wrong: '1' }),
    mistakesNoted: details.mistakes !== null,
    mistakes: (details.mistakes ?? []).slice(0, MOST_MISTAKES).map((one) => mistakeView(id, one, i18n)),
    goldens: goldens.goldens.slice(0, MOST_GOLDENS).map((golden) => ({
      id: golden.id,
      title: golden.class,
      label: golden.label,
      url: sized(golden.picture_url, 160),
      alt: `${golden.class}, ${golden.label}`,
      represents: i18n.t('results.represents', { count: golden.represents }),
      weak: golden.health.status === 'weak',
      byPerson: golden.chosen_by === 'person',
      note: golden.health.note,
      swapUrl: `/tasks/${id}/results/golden?golden=${encodeURIComponent(golden.id)}`,
      swapLabel: i18n.t('results.swapOf', { golden: golden.id }),
    })),
    evaluating: goldens.evaluation !== 'current',
    canUndo: goldens.can_undo,
    doubtsText: doubts.length === 0 ? null : i18n.t('results.doubtsOf', { count: doubts.length }),
    doubts: doubts.slice(0, MOST_DOUBTS).map((doubt) => doubtView(id, doubt, i18n)),
    others: others
      .filter(({ task_id: other }) => other !== id)
      .map((other) => ({
        id: other.task_id,
        name: `${other.site} ${other.line_id}, ${i18n.dateTime(other.created_at)}, ${shortId(other.task_id)}`,
      })),
  };
}

export interface FigureView {
  readonly name: string;
  readonly value: string;
  readonly range: string;
  readonly basis: string;
}

/** The figures that people ask for first, each with its interval and what it rests on. */
export function headline({ accuracy, retrieval }: EvaluationSummary, i18n: I18n): FigureView[] {
  const { all } = accuracy;
  const share = (
    key: MessageKey,
    value: number | null,
    interval: { low: number; high: number } | null,
    basis: string,
  ): FigureView => ({
    name: i18n.t(key),
    value: value === null ? i18n.t('results.unknown') : shareText(value, i18n),
    range:
      interval === null
        ? ''
        : i18n.t('results.interval', { low: shareText(interval.low, i18n), high: shareText(interval.high, i18n) }),
    basis,
  });
  const images = (count: number): string => i18n.t('results.images', { count });
  const rate = (key: MessageKey, name: keyof typeof all.rates): FigureView => {
    const { rate: value, interval, wrong, seen } = all.rates[name];
    return share(key, value, interval, i18n.t('results.of', { wrong, seen }));
  };
  const { precisionAt1, mapAtR } = retrieval.all;
  return [
    share('results.accuracy', all.accuracy.value, all.accuracy.interval, images(all.accuracy.count)),
    rate('results.escape', 'escape'),
    rate('results.overkill', 'overkill'),
    rate('results.polarityEscape', 'polarityEscape'),
    share('results.precisionAt1', precisionAt1.value, precisionAt1.interval, images(precisionAt1.count)),
    share('results.mapAtR', mapAtR.value, mapAtR.interval, images(mapAtR.count)),
  ];
}

/** Two decimals or more: the last mistakes of a good model are what is looked for, and only the whole reads 100. */
export function shareText(value: number, i18n: I18n): string {
  return `${i18n.number(100 * value, digitsBelow(100, 100 * value, 2))} %`;
}

export function pictureUrl(taskId: string, image: string, sizePx: 160 | 320 = 160): string {
  return sized(`/training/picture/${taskId}?image=${encodeURIComponent(image)}`, sizePx);
}

export function sized(url: string, sizePx: 160 | 320): string {
  return `${url}&size=${sizePx}`;
}

export function imagesUrl(taskId: string, filter: Readonly<Record<string, string>>): string {
  return `/tasks/${taskId}/results/images?${new URLSearchParams(filter).toString()}`;
}

function matrixView(taskId: string, answers: readonly RunAnswer[], i18n: I18n): Record<string, unknown> | null {
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  const confused = new Set<string>();
  for (const { trueClass, predictedClass, correct } of answers) {
    const key = JSON.stringify([trueClass, predictedClass]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const name of [trueClass, predictedClass]) {
      seen.add(name);
      if (!correct) confused.add(name);
    }
  }
  if (seen.size === 0) return null;
  const names = [...(seen.size > MOST_MATRIX_CLASSES ? confused : seen)].sort().slice(0, MOST_MATRIX_CLASSES);
  const countOf = (truth: string, answer: string): number => counts.get(JSON.stringify([truth, answer])) ?? 0;
  return {
    names,
    rows: names.map((truth) => {
      const total = names.reduce((sum, answer) => sum + countOf(truth, answer), 0);
      return {
        truth,
        cells: names.map((answer) => {
          const count = countOf(truth, answer);
          const heat = count === 0 ? 0 : Math.max(1, Math.round((9 * count) / total));
          return {
            count: count === 0 ? '' : i18n.number(count),
            url: imagesUrl(taskId, { true: truth, pred: answer }),
            label: i18n.t('results.cell', { count, truth, answer }),
            style: `${truth === answer ? 'heat-right' : 'heat-wrong'} heat-${heat}`,
          };
        }),
      };
    }),
  };
}

function classRows(taskId: string, { classes }: EvaluationSummary, i18n: I18n): Record<string, unknown>[] {
  const worstFirst = [...classes].sort((a, b) => (a.accuracy.value ?? 2) - (b.accuracy.value ?? 2));
  return worstFirst.map(({ name, classKey, accuracy, rates, threshold, images }) => ({
    name,
    url: imagesUrl(taskId, { ...classKey }),
    accuracy: accuracy.value === null ? i18n.t('results.unknown') : shareText(accuracy.value, i18n),
    percent: Math.round(100 * (accuracy.value ?? 0)),
    overkill: i18n.t('results.of', { wrong: rates.overkill.wrong, seen: rates.overkill.seen }),
    escape: i18n.t('results.of', { wrong: rates.escape.wrong, seen: rates.escape.seen }),
    threshold: i18n.figure(threshold, 3),
    images: i18n.number(images),
  }));
}

/** Equal bins up to a similarity of 1: good images by right and wrong, and NG. */
function histogramView(
  answers: readonly RunAnswer[],
  threshold: number | null,
  i18n: I18n,
): Record<string, unknown> | null {
  if (answers.length === 0) return null;
  const sorted = answers.map(({ similarity }) => similarity).sort((a, b) => a - b);
  // The few far below would squeeze all others together: they count in the first bin.
  const least = Math.min(sorted[Math.floor(sorted.length * OUTLIERS)]!, threshold ?? 1);
  const from = Math.min(0.95, Math.floor(least * 20) / 20);
  const width = Math.max(0.001, (1 - from) / BINS);
  const bins = Array.from({ length: BINS }, (_, i) => ({ from: from + i * width, goodRight: 0, goodWrong: 0, ng: 0 }));
  for (const { similarity, trueClass, correct } of answers) {
    const bin = bins[Math.max(0, Math.min(BINS - 1, Math.floor((similarity - from) / width)))]!;
    if (trueClass === 'NG') bin.ng++;
    else if (correct) bin.goodRight++;
    else bin.goodWrong++;
  }
  const series = (['goodRight', 'goodWrong', 'ng'] as const).map((key) => ({
    name: i18n.t(`results.${key}`),
    counts: bins.map((bin) => bin[key]),
  }));
  const about = i18n.t('results.similaritiesOf', { threshold: threshold === null ? '–' : i18n.figure(threshold, 3) });
  return {
    about,
    series: series.map(({ name }) => name),
    data: JSON.stringify({
      labels: bins.map((bin) => i18n.figure(bin.from, 3)),
      series,
      threshold:
        threshold === null ? null : { at: (threshold - from) / width - 0.5, name: i18n.t('results.threshold') },
      axis: i18n.t('results.similarity'),
    }),
    bins: bins.map((bin) => ({
      range: i18n.t('results.interval', { low: i18n.figure(bin.from, 3), high: i18n.figure(bin.from + width, 3) }),
      counts: [bin.goodRight, bin.goodWrong, bin.ng].map((count) => i18n.number(count)),
    })),
  };
}

function mistakeView(taskId: string, mistake: WorstMistake, i18n: I18n): Record<string, unknown> {
  const picture = (key: MessageKey, other: WorstMistake['ownGolden']) =>
    other === null
      ? []
      : [
          {
            url: pictureUrl(taskId, other.image),
            full: `/training/picture/${taskId}?image=${encodeURIComponent(other.image)}`,
            caption: i18n.t(key),
            label: `${other.label}, ${i18n.figure(other.similarity, 3)}`,
          },
        ];
  const { product, component, light } = mistake.classKey;
  return {
    kind: i18n.t(`results.kind.${mistake.kind}`),
    answered: i18n.t('results.answered', { truth: mistake.trueClass, answer: mistake.predictedClass }),
    name: `${component} ${i18n.t('orientation.sub', { product, light })}`,
    scores: i18n.t('results.scores', {
      similarity: i18n.figure(mistake.similarity, 3),
      threshold: i18n.figure(mistake.threshold, 3),
    }),
    image: mistake.image,
    pictures: [
      {
        url: pictureUrl(taskId, mistake.image),
        full: `/training/picture/${taskId}?image=${encodeURIComponent(mistake.image)}`,
        caption: i18n.t('results.query'),
        label: mistake.trueClass,
      },
      ...picture('results.golden', mistake.golden),
      ...picture('results.ownGolden', mistake.ownGolden),
      ...picture('results.nearestRight', mistake.nearestRight),
      ...picture('results.nearestWrong', mistake.nearestWrong),
    ],
  };
}

const DOUBT_TEXTS: Readonly<Record<string, MessageKey | undefined>> = {
  leak: 'results.doubt.leak',
  nearDuplicateOtherLabel: 'results.doubt.nearDuplicateOtherLabel',
  mixedOrientation: 'results.doubt.mixedOrientation',
  turnedAgainstClass: 'results.doubt.turnedAgainstClass',
  neighboursDisagree: 'results.doubt.neighboursDisagree',
};

function doubtView(taskId: string, doubt: RunDoubt, i18n: I18n): Record<string, unknown> {
  const { kind, label, suggested, image, evidence } = doubt;
  const key = DOUBT_TEXTS[kind];
  return {
    kind: key === undefined ? kind : i18n.t(key),
    label: suggested === '' ? label : i18n.t('results.suggested', { label, suggested }),
    score: i18n.percent(doubt.score),
    reason: doubt.reason,
    image,
    url: pictureUrl(taskId, image),
    evidenceUrl: evidence === '' ? null : pictureUrl(taskId, evidence),
  };
}
