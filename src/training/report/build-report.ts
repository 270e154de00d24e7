import { basename, resolve } from 'node:path';
import type { EvaluationSummary } from '../evaluation/summary.js';
import { fixed, percent, table } from './format.js';
import { html, raw, type Html } from './html.js';
import type { ReportInputs } from './report-inputs.js';
import { provenanceSection } from './section-provenance.js';
import { chart, classesSection, figuresSection, tiles } from './sections-figures.js';
import { doubtsSection, goldensSection, mistakesSection } from './sections-pictures.js';
import { reportStyle } from './style.js';
import { Thumbnails } from './thumbnails.js';

/** The whole report as one page that needs nothing beside itself: opens offline, prints, can be mailed. */
export async function buildReport(inputs: ReportInputs): Promise<string> {
  const thumbnails = new Thumbnails(inputs.runFolder);
  const { summary } = inputs;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${summary.run}: evaluation</title>
        <style>
          ${raw(await reportStyle())}
        </style>
      </head>
      <body>
        <main>
          <h1>${inputs.config.experiment.name}</h1>
          <p class="muted">${[basename(resolve(inputs.runFolder)), ...headline(summary)].join(' · ')}</p>
          ${tiles(summary)} ${notes(inputs)} ${navigation()} ${figuresSection(inputs)} ${classesSection(inputs)}
          ${thresholdsSection(inputs)} ${await goldensSection(inputs, thumbnails)}
          ${await mistakesSection(inputs, thumbnails)} ${await doubtsSection(inputs, thumbnails)}
          ${rotationSection(inputs)} ${dataSection(inputs)} ${trainingSection(inputs)} ${provenanceSection(inputs)}
        </main>
      </body>
    </html>`;
  return `${page.text.replace(/\n\s+/g, '\n').trim()}\n`;
}

/** What this is a report of, in the first line. */
function headline({ provenance: { task }, timing }: EvaluationSummary): string[] {
  const place = task === null ? [] : [`${task.site} ${task.lineId}`];
  return [...place, `evaluated ${timing.evaluatedAt.slice(0, 16).replace('T', ' ')} UTC`];
}

const SECTIONS = [
  ['figures', 'Figures'],
  ['classes', 'Classes'],
  ['thresholds', 'Thresholds'],
  ['goldens', 'Golden samples'],
  ['mistakes', 'Worst mistakes'],
  ['doubts', 'Label doubts'],
  ['rotation', 'Rotation consistency'],
  ['data', 'Data and split'],
  ['training', 'Training'],
  ['provenance', 'Origin and versions'],
] as const;

function navigation(): Html {
  return html`<nav>${SECTIONS.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav>`;
}

function notes({ summary }: ReportInputs): Html {
  const alarming = (note: string): boolean => note.includes('both sides of the split');
  return html`${summary.notes.map((note) => html`<p class="note ${alarming(note) ? 'alarm' : ''}">${note}</p>`)}`;
}

function thresholdsSection({ result, summary, plots }: ReportInputs): Html {
  const { thresholds } = result;
  const { budget, confidence } = thresholds;
  const asked = {
    escapeRate: () => `an escape rate of at most ${percent('atMost' in budget ? budget.atMost : null)}`,
    overkillRate: () => `an overkill rate of at most ${percent('atMost' in budget ? budget.atMost : null)}`,
    equalCost: () => 'the least sum of escape and overkill rates',
  }[budget.kind]();
  return html`<h2 id="thresholds">Thresholds</h2>
    <p>
      Chosen for ${asked}, at ${percent(confidence, 0)} confidence, on ${thresholds.calibratedOn}. Every validation
      image was judged by thresholds fitted without its own source group; the ones below, fitted on all of them, are
      shipped.
    </p>
    <p>${summary.thresholds.fallback.words}</p>
    ${chart(plots, 'similarity_distribution.png', 'Similarity to the golden samples')}
    ${chart(plots, 'threshold_curve.png', 'Overkill and escape when all thresholds move')}
    <div class="pair">${chart(plots, 'roc.png', 'ROC curve')} ${chart(plots, 'det.png', 'DET curve')}</div>
    ${table(summary.classes, [
      { title: 'Class', cell: (c) => c.name },
      { title: 'Threshold', number: true, cell: (c) => fixed(c.threshold) },
      { title: 'What can be said of it', cell: (c) => c.thresholdWords },
    ])}`;
}

function rotationSection({ result }: ReportInputs): Html {
  const { consistency } = result;
  const failing = consistency.classes.filter(({ inconsistent }) => inconsistent.wrong > 0);
  const name = (key: { product: string; component: string; light: string }): string =>
    `${key.product} ${key.component} ${key.light}`;
  return html`<h2 id="rotation">Rotation consistency</h2>
    <p>
      Turning an image by 90° must move its answer by one step, whatever its label says: a figure that no labelling
      mistake can flatter. ${consistency.inconsistent.wrong} of ${consistency.inconsistent.seen} turned copies broke it.
    </p>
    ${
      failing.length === 0
        ? ''
        : table(failing, [
            { title: 'Class', cell: (c) => name(c.classKey) },
            { title: 'Broke the rule', number: true, cell: (c) => `${c.inconsistent.wrong} of ${c.inconsistent.seen}` },
            { title: 'Share', number: true, cell: (c) => percent(c.inconsistent.rate) },
          ])
    }`;
}

function dataSection({ inputs, summary }: ReportInputs): Html {
  const { certificate } = inputs;
  const sides = (['train', 'val', 'calibration'] as const).filter((side) => summary.data[side].images > 0);
  const edges = summary.data.crossSplitEdges;
  const verdict =
    edges === null
      ? html`<span class="wrong">no certificate</span>`
      : edges === 0
        ? html`<span class="ok">0 cross-split edges</span>`
        : html`<span class="wrong">${edges} cross-split edges</span>`;
  return html`<h2 id="data">Data and split</h2>
    <p>
      ${summary.data.classKeys} classes (part × component × light); the model tells apart
      <code>labels: ${summary.data.labels}</code>, <code>ng: ${summary.data.ng}</code>. Split certificate: ${verdict}.
    </p>
    ${table(sides, [
      { title: 'Side', cell: (side) => ({ train: 'Training', val: 'Validation', calibration: 'Calibration' })[side] },
      { title: 'Sources', number: true, cell: (side) => summary.data[side].sources },
      { title: 'Images', number: true, cell: (side) => summary.data[side].images },
      { title: 'of them NG', number: true, cell: (side) => summary.data[side].ng },
    ])}
    ${
      certificate === null
        ? ''
        : html`<p>
              Split before rotation by ${certificate.groups.total} source groups (${certificate.groups.train} training,
              ${certificate.groups.val} validation), seed ${certificate.seed}. Look-alike pairs kept together:
              ${certificate.nearDuplicates.pairs}. Digest <code>${certificate.digest}</code>.
            </p>
            ${certificate.notes.map((note) => html`<p class="muted">${note}</p>`)}`
    }`;
}

function trainingSection({ config, epochs, plots }: ReportInputs): Html {
  const settings = Object.entries(config).flatMap(([group, values]) =>
    Object.entries(values as Record<string, unknown>).map(([key, value]) => [`${group}.${key}`, value] as const),
  );
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return html`<h2 id="training">Training</h2>
    ${epochs.length === 0 ? html`<p>No record of epochs (model/metrics.csv).</p>` : chart(plots, 'training_curves.png', 'Training curves')}
    <details open>
      <summary>Configuration</summary>
      ${table(settings, [
        { title: 'Setting', cell: ([key]) => html`<code>${key}</code>` },
        { title: 'Value', cell: ([, value]) => html`<code>${text(value)}</code>` },
      ])}
    </details>`;
}
