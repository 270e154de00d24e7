import type { EvaluationSummary } from '../evaluation/summary.js';
import { fixed, percent, rate, share, table } from './format.js';
import { html, raw, type Html } from './html.js';
import type { Plots } from './plots.js';
import type { ReportInputs } from './report-inputs.js';

export function chart(plots: Plots, name: string, alt: string): Html {
  const png = plots.get(name);
  if (png === undefined) return html``;
  const bytes = Buffer.from(png);
  // Bytes 16 to 19 of a PNG are its width; charts are drawn at twice their size.
  const widthPx = bytes.readUInt32BE(16) / 2;
  const source = `data:image/png;base64,${bytes.toString('base64')}`;
  return raw(`<img class="chart" alt="${alt}" style="max-width:${widthPx}px" src="${source}">`);
}

export function tiles(summary: EvaluationSummary): Html {
  const { accuracy, retrieval } = summary;
  const interval = (i: { low: number; high: number } | null): string =>
    i === null ? '' : `${(i.low * 100).toFixed(1)}–${(i.high * 100).toFixed(1)} %`;
  const error = (name: string, what: string, r: typeof accuracy.all.rates.escape): Html =>
    html`<div class="tile">
      <span class="name">${name}</span><b>${r.seen === 0 ? '–' : percent(r.rate)}</b
      ><span>${r.seen === 0 ? 'none seen: not known' : `${r.wrong} of ${r.seen} ${what}`}</span
      ><span>${interval(r.interval)}</span>
    </div>`;
  const figure = (name: string, what: string, f: typeof accuracy.all.accuracy): Html =>
    html`<div class="tile">
      <span class="name">${name}</span><b>${percent(f.value)}</b><span>${what}</span
      ><span>${interval(f.interval)}</span>
    </div>`;
  const { overkill, escape } = accuracy.originals.rates;
  return html`<div class="tiles">
    ${figure('Accuracy', `${accuracy.all.images} images`, accuracy.all.accuracy)}
    ${error('Overkill', 'good parts', overkill)} ${error('Escape', 'NG parts', escape)}
    ${error('Polarity escape', 'turned parts', accuracy.rotated.rates.polarityEscape)}
    ${figure('P@1', 'nearest neighbour right', retrieval.all.precisionAt1)}
    ${figure('MAP@R', 'own class in front', retrieval.all.mapAtR)}
  </div>`;
}

export function figuresSection({ summary, plots }: ReportInputs): Html {
  const { accuracy, retrieval, knn } = summary;
  const scopes = ['all', 'originals', 'rotated'] as const;
  const names = { all: 'All validation images', originals: 'As taken', rotated: 'Turned copies' };
  return html`<h2 id="figures">Figures</h2>
    <p class="muted">
      In brackets: ${Math.round(summary.thresholds.confidence * 100)} % intervals. Those of accuracy and retrieval come
      from resampling whole sources (an image and its turned copies count once), those of overkill and escape are exact
      binomial ones over sources.
    </p>
    ${table(
      [...scopes],
      [
        { title: 'By golden sample', cell: (s) => names[s] },
        { title: 'Images', number: true, cell: (s) => accuracy[s].images },
        { title: 'Accuracy', number: true, cell: (s) => share(accuracy[s].accuracy) },
        { title: 'Nearest golden right', number: true, cell: (s) => share(accuracy[s].nearestAccuracy) },
      ],
    )}
    ${table(
      [accuracy],
      [
        { title: 'On the line', cell: () => 'Sources' },
        { title: 'Overkill (good rejected)', number: true, cell: (a) => rate(a.originals.rates.overkill) },
        { title: 'Escape (NG accepted)', number: true, cell: (a) => rate(a.originals.rates.escape) },
        { title: 'Polarity escape (turned accepted)', number: true, cell: (a) => rate(a.rotated.rates.polarityEscape) },
        {
          title: 'Answers that do not turn with the image',
          number: true,
          cell: () => rate(summary.rotationConsistency),
        },
      ],
    )}
    ${table(
      [...scopes, 'okOnly' as const],
      [
        { title: 'Retrieval, leave-one-out', cell: (s) => (s === 'okOnly' ? 'Good images only' : names[s]) },
        { title: 'Images', number: true, cell: (s) => retrieval[s].images },
        { title: 'P@1', number: true, cell: (s) => share(retrieval[s].precisionAt1) },
        { title: 'MAP@R', number: true, cell: (s) => share(retrieval[s].mapAtR) },
        { title: 'R-precision', number: true, cell: (s) => percent(retrieval[s].rPrecision.value) },
        { title: 'MAP', number: true, cell: (s) => percent(retrieval[s].meanAveragePrecision.value) },
        { title: 'MRR', number: true, cell: (s) => fixed(retrieval[s].meanReciprocalRank.value) },
      ],
    )}
    ${table(
      [
        ['among validation images', knn.leaveOneOut],
        ['against training images', knn.againstTraining],
      ] as const,
      [
        { title: `k-NN (k = ${knn.leaveOneOut.k})`, cell: ([name]) => name },
        { title: 'Accuracy', number: true, cell: ([, k]) => percent(k.accuracy) },
        { title: 'Macro precision', number: true, cell: ([, k]) => percent(k.macro.precision) },
        { title: 'Macro recall', number: true, cell: ([, k]) => percent(k.macro.recall) },
        { title: 'Macro F1', number: true, cell: ([, k]) => percent(k.macro.f1) },
        { title: 'Weighted F1', number: true, cell: ([, k]) => percent(k.weighted.f1) },
        { title: 'Mean similarity', number: true, cell: ([, k]) => fixed(k.meanConfidence) },
      ],
    )}
    <p>
      A query's whole source group (turned copies, the same board instance, near-duplicates) is left out of its own
      ranking. Silhouette: ${fixed(summary.silhouette)}. In the convention of the original system (queries without a
      counterpart count as 0, ten neighbours): P@1 ${percent(retrieval.all.original.precisionAt1)}, MAP@10
      ${percent(retrieval.all.original.meanAveragePrecisionAt10)}, MRR
      ${fixed(retrieval.all.original.meanReciprocalRankAt10)}.
    </p>
    ${otherwise(summary)}
    <h3>Confusion</h3>
    ${chart(plots, 'confusion_matrix.png', 'Confusion matrix')}
    ${table(Object.entries(summary.classification.perClass), [
      { title: 'Answer', cell: ([name]) => name },
      { title: 'Precision', number: true, cell: ([, c]) => percent(c.precision) },
      { title: 'Recall', number: true, cell: ([, c]) => percent(c.recall) },
      { title: 'F1', number: true, cell: ([, c]) => percent(c.f1) },
      { title: 'Images', number: true, cell: ([, c]) => c.support },
    ])}`;
}

function otherwise({ data, otherwise: other }: EvaluationSummary): Html {
  const labels = data.labels === 'orientation' ? 'component' : 'orientation';
  const ng = other.ng;
  return html`<h3>Chosen otherwise</h3>
    <p>
      The same model, judged with <code>labels: ${labels}</code>: P@1 ${percent(other.labels.precisionAt1)}, MAP@R
      ${percent(other.labels.mapAtR)}.
      ${
        labels === 'component'
          ? 'It was never asked to tell parts apart, so a model trained for that would reach more; its classes would then be these parts alone, each learned from its own images, and the same part under another light another class.'
          : 'It was trained to keep parts apart, so a model trained on orientations over all parts may reach more.'
      }
      ${
        ng === null
          ? ''
          : html`Without NG references (as with <code>ng: calibration</code>, though this model has been trained on NG):
              overkill ${rate(ng.overkill)}, escape ${rate(ng.escape)}.`
      }
    </p>`;
}

export function classesSection({ summary, plots }: ReportInputs): Html {
  return html`<h2 id="classes">Part × component × light</h2>
    ${chart(plots, 'class_accuracy.png', 'Accuracy by class')}
    ${table(summary.classes, [
      { title: 'Class', cell: (c) => c.name },
      { title: 'Images', number: true, cell: (c) => c.images },
      { title: 'Accuracy', number: true, cell: (c) => percent(c.accuracy.value) },
      { title: 'Overkill', number: true, cell: (c) => counted(c.rates.overkill) },
      { title: 'Escape', number: true, cell: (c) => counted(c.rates.escape) },
      { title: 'Polarity escape', number: true, cell: (c) => counted(c.rates.polarityEscape) },
      { title: 'Threshold', number: true, cell: (c) => fixed(c.threshold) },
      { title: 'P@1', number: true, cell: (c) => percent(c.precisionAt1) },
      { title: 'MAP@R', number: true, cell: (c) => percent(c.mapAtR) },
      {
        title: 'Turns wrongly',
        number: true,
        cell: (c) => (c.rotationInconsistent === null ? '–' : counted(c.rotationInconsistent)),
      },
    ])}`;
}

function counted({ wrong, seen }: { wrong: number; seen: number }): Html {
  if (seen === 0) return html`–`;
  return wrong === 0 ? html`0 / ${seen}` : html`<span class="wrong">${wrong} / ${seen}</span>`;
}
