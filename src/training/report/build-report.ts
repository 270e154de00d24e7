import { basename, resolve } from 'node:path';
import { thresholdFor, thresholdStatements, type FittedThreshold } from '../calibration/index.js';
import type { ReportLanguage } from '../config.js';
import { ReportTexts, type Statement } from '../report-texts/index.js';
import { chart } from './chart-figure.js';
import { table } from './format.js';
import { html, type Html } from './html.js';
import { page } from './page.js';
import { drawPlots } from './plots.js';
import type { ReportContext } from './report-context.js';
import type { ReportData } from './report-data.js';
import { dataSection } from './section-data.js';
import { provenanceSection } from './section-provenance.js';
import { classesSection, figuresSection, tiles } from './sections-figures.js';
import { doubtsSection, goldensSection, mistakesSection } from './sections-pictures.js';
import { Thumbnails } from './thumbnails.js';

export interface ReportSpec {
  /** Where the pictures are. */
  readonly runFolder: string;
  readonly data: ReportData;
  readonly language: ReportLanguage;
}

/** The whole report as one page that needs nothing beside itself: opens offline, prints, can be mailed. */
export async function buildReport({ runFolder, data, language }: ReportSpec): Promise<string> {
  const texts = new ReportTexts(language);
  const context: ReportContext = {
    data,
    texts,
    charts: drawPlots(data, { texts, words: 'beside' }),
    thumbnails: new Thumbnails(runFolder),
  };
  const title = texts.t('page.title', { run: data.summary.run });
  return page(
    language,
    title,
    html`<h1>${data.config.experiment.name}</h1>
      <p class="muted">${headline(runFolder, data, texts).join(' · ')}</p>
      ${tiles(context)} ${notes(context)} ${navigation(texts)} ${figuresSection(context)} ${classesSection(context)}
      ${thresholdsSection(context)} ${await goldensSection(context)} ${await mistakesSection(context)}
      ${await doubtsSection(context)} ${rotationSection(context)} ${dataSection(context)} ${trainingSection(context)}
      ${provenanceSection(context)}`,
  );
}

/** What this is a report of, in the first line. */
function headline(runFolder: string, { summary }: ReportData, texts: ReportTexts): string[] {
  const { task } = summary.provenance;
  const place = task === null ? [] : [`${task.site} ${task.lineId}`];
  const evaluated = texts.t('page.evaluated', { at: texts.moment(summary.timing.evaluatedAt) });
  return [basename(resolve(runFolder)), ...place, evaluated];
}

const SECTIONS = [
  ['figures', 'section.figures'],
  ['classes', 'section.classes'],
  ['thresholds', 'section.thresholds'],
  ['goldens', 'section.goldens'],
  ['mistakes', 'section.mistakes'],
  ['doubts', 'section.doubts'],
  ['rotation', 'section.rotation'],
  ['data', 'section.data'],
  ['training', 'section.training'],
  ['provenance', 'section.provenance'],
] as const;

function navigation(texts: ReportTexts): Html {
  const links = SECTIONS.map(([id, name]) => html`<a href="#${id}">${texts.t(name)}</a>`);
  return html`<nav aria-label="${texts.t('page.sections')}">${links}</nav>`;
}

function notes({ data, texts }: ReportContext): Html {
  const notes = data.notes.map(
    (note) => html`<p class="note ${note.key === 'note.leaks' ? 'alarm' : ''}">${texts.say(note)}</p>`,
  );
  return html`${notes}
    <p class="muted">${texts.t('page.labels')}</p>`;
}

function thresholdsSection(context: ReportContext): Html {
  const { data, texts } = context;
  const { thresholds } = data;
  const words = (evidence: FittedThreshold): string =>
    texts.sayAll(thresholdStatements({ ...evidence, budget: thresholds.budget, confidence: thresholds.confidence }));
  return html`<h2 id="thresholds">${texts.t('section.thresholds')}</h2>
    <p>${texts.sayAll([budgetWords(data), data.calibration, { key: 'thresholds.judged', values: {} }])}</p>
    <p>${words(thresholds.fallback)}</p>
    ${chart(context, 'similarity_distribution.png')} ${chart(context, 'threshold_curve.png')}
    <div class="pair">${chart(context, 'roc.png')} ${chart(context, 'det.png')}</div>
    ${table(
      data.summary.classes.map(({ name, classKey }) => ({ name, fitted: thresholdFor(thresholds, classKey) })),
      [
        { title: texts.t('column.class'), cell: ({ name }) => name },
        { title: texts.t('column.threshold'), number: true, cell: ({ fitted }) => texts.fixed(fitted.threshold) },
        { title: texts.t('column.canBeSaid'), cell: ({ fitted }) => words(fitted) },
      ],
    )}`;
}

function budgetWords({ thresholds: { budget, confidence } }: ReportData): Statement {
  const values = { confidence: { share: confidence } };
  if (budget.kind === 'equalCost') return { key: 'thresholds.equalCost', values };
  return {
    key: budget.kind === 'escapeRate' ? 'thresholds.escapeRate' : 'thresholds.overkillRate',
    values: { ...values, atMost: { share: budget.atMost } },
  };
}

function rotationSection({ data, texts }: ReportContext): Html {
  const { wrong, seen } = data.summary.rotationConsistency;
  const failing = data.inconsistentClasses;
  return html`<h2 id="rotation">${texts.t('section.rotation')}</h2>
    <p>${texts.t('rotation.how', { wrong, seen })}</p>
    ${
      failing.length === 0
        ? ''
        : table(failing, [
            {
              title: texts.t('column.class'),
              cell: ({ classKey: { product, component, light } }) => `${product} ${component} ${light}`,
            },
            {
              title: texts.t('column.brokeRule'),
              number: true,
              cell: ({ inconsistent: { wrong, seen } }) => texts.t('value.ofSeen', { wrong, seen }),
            },
            {
              title: texts.t('column.share'),
              number: true,
              cell: ({ inconsistent }) => texts.percent(inconsistent.rate),
            },
          ])
    }`;
}

function trainingSection(context: ReportContext): Html {
  const { data, texts } = context;
  const settings = Object.entries(data.config).flatMap(([group, values]) =>
    Object.entries(values as Record<string, unknown>).map(([key, value]) => [`${group}.${key}`, value] as const),
  );
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return html`<h2 id="training">${texts.t('section.training')}</h2>
    ${data.epochs.length === 0 ? html`<p>${texts.t('training.noEpochs')}</p>` : chart(context, 'training_curves.png')}
    <details open>
      <summary>${texts.t('training.configuration')}</summary>
      ${table(settings, [
        { title: texts.t('column.setting'), cell: ([key]) => html`<code>${key}</code>` },
        { title: texts.t('column.value'), cell: ([, value]) => html`<code>${text(value)}</code>` },
      ])}
    </details>`;
}
