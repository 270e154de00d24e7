import type { EvaluationSummary } from '../evaluation/summary.js';
import { seconds, table } from './format.js';
import { html, type Html } from './html.js';
import type { ReportInputs } from './report-inputs.js';

type Provenance = EvaluationSummary['provenance'];

const SOFTWARE_NAMES: Readonly<Record<string, string>> = {
  polarline: 'Trained with Polarline',
  gitRevision: 'Trained with revision',
  node: 'Trained on Node.js',
  platform: 'Trained on',
  packages: 'Packages',
  engine: 'Engine',
  engineReason: 'Why this engine',
  datasetDigest: 'Data set that was trained on',
  classes: 'Labels of the model',
};

/** Everything that somebody needs a year later to know what these figures are of, and who answered for it. */
export function provenanceSection({ summary }: ReportInputs): Html {
  const { provenance, timing } = summary;
  const perImage =
    timing.embedImages === 0 ? '' : ` (${((1000 * timing.embedSeconds) / timing.embedImages).toFixed(1)} ms an image)`;
  const rows: [string, string][] = [
    ['Model (SHA-256 of best_model.onnx)', provenance.modelDigest],
    ['Data set (SHA-256 of manifest.jsonl)', provenance.manifestDigest],
    ['Split certificate', summary.data.splitDigest ?? 'none'],
    ['Golden samples', summary.goldens.digest],
    ['Thresholds', summary.thresholds.digest],
    ['Seed', String(provenance.seed)],
    ['Epochs, exported one', `${provenance.epochs ?? '–'}, ${provenance.bestEpoch ?? '–'}`],
    ['Evaluated at', timing.evaluatedAt],
    ['Evaluated with', versionText(provenance.evaluatedWith)],
    [
      'Images embedded',
      timing.embedImages === 0
        ? 'none anew: as in the last evaluation'
        : `${timing.embedImages} in ${seconds(timing.embedSeconds)}${perImage}`,
    ],
    ['Evaluation in all', seconds(timing.evaluateSeconds)],
    ...Object.entries(provenance.software).map(([key, value]): [string, string] => [
      SOFTWARE_NAMES[key] ?? key,
      value === null ? 'not known' : asText(value),
    ]),
  ];
  return html`<h2 id="provenance">Origin, versions, digests, timing</h2>
    ${origin(provenance.task)}
    ${table(rows, [
      { title: 'What', cell: ([name]) => name },
      { title: 'Value', cell: ([, value]) => html`<code>${value}</code>` },
    ])}`;
}

/** Who started it on what, and who said which way the parts point. */
function origin(task: Provenance['task']): Html {
  if (task === null) return html`<p>The run folder does not tell of a task (task.json).</p>`;
  const rows: [string, string][] = [
    ['Task', task.taskId],
    ['Site, line', `${task.site}, ${task.lineId}`],
    ['Images from', task.inputDir],
    ['Metadata from', task.metadata],
    ['Started by', `${task.startedBy} (${task.startedFrom}), ${task.startedAt}`],
    ['Orientations answered by', `${task.gate.answeredBy}, ${task.gate.answeredAt}`],
    ...Object.entries(task.gate.answers).map(([name, value]): [string, string] => [`– ${name}`, asText(value)]),
  ];
  return table(rows, [
    { title: 'Origin', cell: ([name]) => name },
    { title: '', cell: ([, value]) => html`<code>${value}</code>` },
  ]);
}

function versionText({ polarline, gitRevision, node, platform }: Provenance['evaluatedWith']): string {
  const revision = typeof gitRevision === 'string' ? ` (revision ${gitRevision})` : '';
  return `Polarline ${asText(polarline)}${revision}, Node.js ${asText(node)}, ${asText(platform)}`;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'not known');
}
