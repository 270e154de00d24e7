import type { EvaluationSummary } from '../evaluation/summary.js';
import type { ReportTexts, TextKey } from '../report-texts/index.js';
import { table } from './format.js';
import { html, type Html } from './html.js';
import type { ReportContext } from './report-context.js';

type Provenance = EvaluationSummary['provenance'];

/** Entries of the run's own record; others stand under their own name. */
const SOFTWARE_NAMES: Readonly<Record<string, TextKey>> = {
  polarline: 'provenance.trainedWith',
  gitRevision: 'provenance.trainedRevision',
  node: 'provenance.trainedNode',
  platform: 'provenance.trainedPlatform',
  packages: 'provenance.packages',
  engine: 'provenance.engine',
  engineReason: 'provenance.engineReason',
  datasetDigest: 'provenance.trainedDataSet',
  classes: 'provenance.modelLabels',
};

/** Everything that somebody needs a year later to know what these figures are of, and who answered for it. */
export function provenanceSection({ data: { summary }, texts }: ReportContext): Html {
  const { provenance, timing } = summary;
  const epochs = [provenance.epochs, provenance.bestEpoch].map((epoch) => String(epoch ?? '–'));
  const rows: [string, string][] = [
    [texts.t('provenance.model'), provenance.modelDigest],
    [texts.t('provenance.dataSet'), provenance.manifestDigest],
    [texts.t('provenance.certificate'), summary.data.splitDigest ?? texts.t('value.none')],
    [texts.t('section.goldens'), summary.goldens.digest],
    [texts.t('section.thresholds'), summary.thresholds.digest],
    [texts.t('provenance.seed'), String(provenance.seed)],
    [texts.t('provenance.epochs'), texts.list(epochs)],
    [texts.t('provenance.evaluatedAt'), texts.moment(timing.evaluatedAt)],
    [texts.t('provenance.evaluatedWith'), versionText(provenance.evaluatedWith, texts)],
    [texts.t('provenance.embedded'), embeddingText(timing, texts)],
    [texts.t('provenance.evaluationTime'), texts.seconds(timing.evaluateSeconds)],
    ...Object.entries(provenance.software).map(([key, value]): [string, string] => [
      SOFTWARE_NAMES[key] === undefined ? key : texts.t(SOFTWARE_NAMES[key]),
      asText(value, texts),
    ]),
  ];
  return html`<h2 id="provenance">${texts.t('provenance.heading')}</h2>
    ${origin(provenance.task, texts)} ${pairs(rows, texts.t('column.what'), texts)}`;
}

/** Who started it on what, and who said which way the parts point. */
function origin(task: Provenance['task'], texts: ReportTexts): Html {
  if (task === null) return html`<p>${texts.t('provenance.noTask')}</p>`;
  const { gate } = task;
  const started = [`${task.startedBy} (${task.startedFrom})`, texts.moment(task.startedAt)];
  const rows: [string, string][] = [
    [texts.t('provenance.task'), task.taskId],
    [texts.t('provenance.siteAndLine'), texts.list([task.site, task.lineId])],
    [texts.t('provenance.imagesFrom'), task.inputDir],
    [texts.t('provenance.metadataFrom'), task.metadata],
    [texts.t('provenance.startedBy'), texts.list(started)],
    [texts.t('provenance.answeredBy'), texts.list([gate.answeredBy, texts.moment(gate.answeredAt)])],
    ...Object.entries(gate.answers).map(([name, value]): [string, string] => [
      texts.t('provenance.answer', { class: name }),
      asText(value, texts),
    ]),
  ];
  return pairs(rows, texts.t('column.origin'), texts);
}

function pairs(rows: readonly [string, string][], title: string, texts: ReportTexts): Html {
  return table(rows, [
    { title, cell: ([name]) => name },
    { title: texts.t('column.value'), cell: ([, value]) => html`<code>${value}</code>` },
  ]);
}

function embeddingText({ embedImages: count, embedSeconds }: EvaluationSummary['timing'], texts: ReportTexts): string {
  if (count === 0) return texts.t('provenance.noneEmbedded');
  const each = texts.fixed((1000 * embedSeconds) / count, 1);
  return texts.t('provenance.embeddedIn', { count, time: texts.seconds(embedSeconds), each });
}

function versionText(software: Provenance['evaluatedWith'], texts: ReportTexts): string {
  const { polarline, gitRevision, node, platform } = software;
  return texts.list([
    `Polarline ${asText(polarline, texts)}`,
    ...(typeof gitRevision === 'string' ? [texts.t('provenance.revision', { revision: gitRevision })] : []),
    `Node.js ${asText(node, texts)}`,
    asText(platform, texts),
  ]);
}

function asText(value: unknown, texts: ReportTexts): string {
  if (value === null || value === undefined) return texts.t('value.notKnown');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
