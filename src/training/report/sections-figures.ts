import type { EvaluationSummary } from '../evaluation/summary.js';
import type { ReportTexts, TextKey } from '../report-texts/index.js';
import { chart } from './chart-figure.js';
import { rate, share, table, type Column } from './format.js';
import { html, type Html } from './html.js';
import { paragraph, sentence, type ReportContext } from './report-context.js';

type Figure = EvaluationSummary['accuracy']['all']['accuracy'];
type Rate = EvaluationSummary['rotationConsistency'];

export function tiles({ data, texts }: ReportContext): Html {
  const { accuracy, retrieval } = data.summary;
  const { overkill, escape } = accuracy.originals.rates;
  const images = texts.t('tile.images', { count: accuracy.all.images });
  return html`<div class="tiles">
    ${figureTile(texts, texts.t('column.accuracy'), images, accuracy.all.accuracy)}
    ${rateTile(texts, 'column.overkill', 'tile.goodParts', overkill)}
    ${rateTile(texts, 'column.escape', 'tile.ngParts', escape)}
    ${rateTile(texts, 'column.polarityEscape', 'tile.turnedParts', accuracy.rotated.rates.polarityEscape)}
    ${figureTile(texts, 'P@1', texts.t('tile.nearestRight'), retrieval.all.precisionAt1)}
    ${figureTile(texts, 'MAP@R', texts.t('tile.ownClassFirst'), retrieval.all.mapAtR)}
  </div>`;
}

function figureTile(texts: ReportTexts, name: string, what: string, { value, interval }: Figure): Html {
  return html`<div class="tile">
    <span class="name">${name}</span><b>${texts.percent(value)}</b><span>${what}</span
    ><span>${range(texts, interval)}</span>
  </div>`;
}

function rateTile(texts: ReportTexts, name: TextKey, counts: TextKey, { seen, wrong, rate, interval }: Rate): Html {
  return html`<div class="tile">
    <span class="name">${texts.t(name)}</span><b>${texts.percent(seen === 0 ? null : rate)}</b
    ><span>${seen === 0 ? texts.t('tile.noneSeen') : texts.t(counts, { wrong, seen })}</span
    ><span>${range(texts, interval)}</span>
  </div>`;
}

function range(texts: ReportTexts, interval: Figure['interval']): string {
  if (interval === null) return '';
  const [low, high] = [texts.percentNumber(interval.low), texts.percentNumber(interval.high)];
  return texts.t('number.percentRange', { low, high });
}

const SCOPES = { all: 'figures.all', originals: 'figures.originals', rotated: 'figures.rotated' } as const;
type Scope = keyof typeof SCOPES;
const SCOPE_NAMES = Object.keys(SCOPES) as Scope[];

export function figuresSection(context: ReportContext): Html {
  const { texts, data } = context;
  const { summary } = data;
  const confidence = texts.shortPercent(summary.thresholds.confidence);
  return html`<h2 id="figures">${texts.t('section.figures')}</h2>
    <p class="muted">${texts.t('figures.intervals', { confidence })}</p>
    ${accuracyTable(summary, texts)} ${lineTable(summary, texts)} ${retrievalTable(summary, texts)}
    ${knnTable(summary, texts)} ${retrievalWords(summary, texts)} ${otherwise(summary, texts)}
    ${chart(context, 'confusion_matrix.png')} ${labelTable(summary, texts)}`;
}

function accuracyTable({ accuracy }: EvaluationSummary, texts: ReportTexts): Html {
  return table(SCOPE_NAMES, [
    { title: texts.t('figures.byGolden'), cell: (scope) => texts.t(SCOPES[scope]) },
    { title: texts.t('column.images'), number: true, cell: (scope) => texts.count(accuracy[scope].images) },
    { title: texts.t('column.accuracy'), number: true, cell: (scope) => share(texts, accuracy[scope].accuracy) },
    {
      title: texts.t('figures.nearestRight'),
      number: true,
      cell: (scope) => share(texts, accuracy[scope].nearestAccuracy),
    },
  ]);
}

function lineTable({ accuracy, rotationConsistency }: EvaluationSummary, texts: ReportTexts): Html {
  const column = (title: TextKey, errors: Rate): Column<null> => ({
    title: texts.t(title),
    number: true,
    cell: () => rate(texts, errors),
  });
  return table(
    [null],
    [
      { title: texts.t('figures.onLine'), cell: () => texts.t('figures.sources') },
      column('figures.overkill', accuracy.originals.rates.overkill),
      column('figures.escape', accuracy.originals.rates.escape),
      column('figures.polarityEscape', accuracy.rotated.rates.polarityEscape),
      column('figures.inconsistent', rotationConsistency),
    ],
  );
}

function retrievalTable({ retrieval }: EvaluationSummary, texts: ReportTexts): Html {
  const names = { ...SCOPES, okOnly: 'figures.okOnly' } as const;
  return table(
    [...SCOPE_NAMES, 'okOnly' as const],
    [
      { title: texts.t('figures.retrieval'), cell: (scope) => texts.t(names[scope]) },
      { title: texts.t('column.images'), number: true, cell: (scope) => texts.count(retrieval[scope].images) },
      { title: 'P@1', number: true, cell: (scope) => share(texts, retrieval[scope].precisionAt1) },
      { title: 'MAP@R', number: true, cell: (scope) => share(texts, retrieval[scope].mapAtR) },
      {
        title: texts.t('figures.rPrecision'),
        number: true,
        cell: (scope) => texts.percent(retrieval[scope].rPrecision.value),
      },
      { title: 'MAP', number: true, cell: (scope) => texts.percent(retrieval[scope].meanAveragePrecision.value) },
      { title: 'MRR', number: true, cell: (scope) => texts.fixed(retrieval[scope].meanReciprocalRank.value) },
    ],
  );
}

function knnTable({ knn }: EvaluationSummary, texts: ReportTexts): Html {
  const names = { leaveOneOut: 'figures.knnLeaveOneOut', againstTraining: 'figures.knnAgainstTraining' } as const;
  const percent = (title: TextKey, of: (one: EvaluationSummary['knn']['leaveOneOut']) => number | null) => ({
    title: texts.t(title),
    number: true,
    cell: (name: keyof typeof names) => texts.percent(of(knn[name])),
  });
  return table(Object.keys(names) as (keyof typeof names)[], [
    { title: texts.t('figures.knn', { k: knn.leaveOneOut.k }), cell: (name) => texts.t(names[name]) },
    percent('column.accuracy', ({ accuracy }) => accuracy),
    percent('figures.macroPrecision', ({ macro }) => macro.precision),
    percent('figures.macroRecall', ({ macro }) => macro.recall),
    percent('figures.macroF1', ({ macro }) => macro.f1),
    percent('figures.weightedF1', ({ weighted }) => weighted.f1),
    {
      title: texts.t('figures.meanSimilarity'),
      number: true,
      cell: (name) => texts.fixed(knn[name].meanConfidence),
    },
  ]);
}

function retrievalWords({ retrieval, silhouette }: EvaluationSummary, texts: ReportTexts): Html {
  const { original } = retrieval.all;
  return html`<p>
    ${texts.sayAll([
      { key: 'figures.ranking', values: {} },
      { key: 'figures.silhouette', values: { value: texts.fixed(silhouette) } },
      {
        key: 'figures.original',
        values: {
          precisionAt1: texts.percent(original.precisionAt1),
          mapAt10: texts.percent(original.meanAveragePrecisionAt10),
          mrr: texts.fixed(original.meanReciprocalRankAt10),
        },
      },
    ])}
  </p>`;
}

function labelTable({ classification }: EvaluationSummary, texts: ReportTexts): Html {
  return table(Object.entries(classification.perClass), [
    { title: texts.t('column.answer'), cell: ([name]) => name },
    { title: texts.t('column.precision'), number: true, cell: ([, one]) => texts.percent(one.precision) },
    { title: texts.t('column.recall'), number: true, cell: ([, one]) => texts.percent(one.recall) },
    { title: 'F1', number: true, cell: ([, one]) => texts.percent(one.f1) },
    { title: texts.t('column.images'), number: true, cell: ([, one]) => texts.count(one.support) },
  ]);
}

function otherwise({ data, otherwise: { labels, ng } }: EvaluationSummary, texts: ReportTexts): Html {
  const other = data.labels === 'orientation' ? 'component' : 'orientation';
  const sentences = [
    sentence(texts, 'otherwise.labels', {
      setting: html`<code>labels: ${other}</code>`,
      precisionAt1: texts.percent(labels.precisionAt1),
      mapAtR: texts.percent(labels.mapAtR),
    }),
    sentence(texts, other === 'component' ? 'otherwise.component' : 'otherwise.orientation'),
  ];
  if (ng !== null)
    sentences.push(
      sentence(texts, 'otherwise.ng', {
        setting: html`<code>ng: calibration</code>`,
        overkill: rate(texts, ng.overkill),
        escape: rate(texts, ng.escape),
      }),
    );
  return html`<h3>${texts.t('otherwise.heading')}</h3>
    ${paragraph(texts, sentences)}`;
}

export function classesSection(context: ReportContext): Html {
  const { texts, data } = context;
  type ClassFigures = EvaluationSummary['classes'][number];
  const errors = (title: TextKey, of: (one: ClassFigures) => Rate | null): Column<ClassFigures> => ({
    title: texts.t(title),
    number: true,
    cell: (one) => counted(of(one)),
  });
  return html`<h2 id="classes">${texts.t('classes.heading')}</h2>
    ${chart(context, 'class_accuracy.png')}
    ${table(data.summary.classes, [
      { title: texts.t('column.class'), cell: ({ name }) => name },
      { title: texts.t('column.images'), number: true, cell: ({ images }) => texts.count(images) },
      { title: texts.t('column.accuracy'), number: true, cell: ({ accuracy }) => texts.percent(accuracy.value) },
      errors('column.overkill', ({ rates }) => rates.overkill),
      errors('column.escape', ({ rates }) => rates.escape),
      errors('column.polarityEscape', ({ rates }) => rates.polarityEscape),
      { title: texts.t('column.threshold'), number: true, cell: ({ threshold }) => texts.fixed(threshold) },
      { title: 'P@1', number: true, cell: ({ precisionAt1 }) => texts.percent(precisionAt1) },
      { title: 'MAP@R', number: true, cell: ({ mapAtR }) => texts.percent(mapAtR) },
      errors('column.turnsWrongly', ({ rotationInconsistent }) => rotationInconsistent),
    ])}`;
}

function counted(errors: Rate | null): Html {
  if (errors === null || errors.seen === 0) return html`–`;
  const { wrong, seen } = errors;
  return wrong === 0 ? html`0 / ${seen}` : html`<span class="wrong">${wrong} / ${seen}</span>`;
}
