import { stringify } from 'yaml';
import type { TrainConfig } from '../../training/config.js';
import type { ArtefactKind } from '../results/artefact-kinds.js';
import type { ResultDto } from '../results/results.service.js';
import type { TaskDetailDto, TaskEventDto } from '../tasks/task-dto.js';
import { LIVE_STATUSES, RETRYABLE_STATUSES } from '../tasks/task-state.js';
import { STEPS } from '../tasks/task-steps.js';
import { taskRow } from './dashboard.view.js';
import type { I18n, MessageKey } from './i18n/index.js';
import { problemView } from './problem.view.js';
import { reasonName } from './rejected.view.js';

const LOG_LINES = 200;

/** View of views/task.hbs. */
export function taskView(
  task: TaskDetailDto,
  events: readonly TaskEventDto[],
  result: ResultDto | null,
  i18n: I18n,
): { readonly title: string } & Record<string, unknown> {
  const live = LIVE_STATUSES.includes(task.status);
  const stepOf = new Map(task.steps.map((step) => [step.name, step]));
  const rejected = rejectedRows(stepOf.get('collect')?.result?.rejectedByCode, i18n);
  const epochs = events.filter(({ kind }) => kind === 'epoch').map(({ data }) => data);
  return {
    title: `${task.site} ${task.line_id}`,
    scripts: ['task.js'],
    task: taskRow(task, i18n),
    live,
    lastEventId: events.at(-1)?.id ?? 0,
    waiting: task.status === 'pending_orientation',
    error: task.error && { code: task.error.code, ...problemView(task.error, i18n) },
    result: result && resultView(result, i18n),
    steps: STEPS.map(({ name }) => {
      const step = stepOf.get(name);
      const took = step?.duration_ms == null ? '' : i18n.duration(step.duration_ms);
      const state = took || (step ? i18n.t(`stepStatus.${step.status}`) : '');
      return { name, title: i18n.t(`step.${name}`), status: step?.status ?? 'waiting', state };
    }),
    texts: JSON.stringify({
      steps: Object.fromEntries(STEPS.map(({ name }) => [name, i18n.t(`step.${name}`)])),
      running: i18n.t('stepStatus.running'),
      finished: i18n.t('stepStatus.finished'),
      failed: i18n.t('stepStatus.failed'),
      interrupted: i18n.t('stepStatus.interrupted'),
      loss: i18n.t('task.trainLoss'),
      precision: i18n.t('task.precisionAt1'),
      map: i18n.t('task.mapAtR'),
      epoch: i18n.t('task.epoch'),
      learningRate: i18n.t('task.learningRate'),
      timeLeft: i18n.t('task.timeLeft'),
    }),
    curves: task.status === 'running' || epochs.length > 0,
    points: JSON.stringify(
      epochs.map(({ epoch, trainLoss, valPrecisionAt1, valMapAtR, learningRate }) => ({
        epoch,
        trainLoss,
        valPrecisionAt1,
        valMapAtR,
        learningRate,
      })),
    ),
    epochs: epochs.map((data) => ({
      epoch: data.epoch,
      trainLoss: i18n.figure(data.trainLoss),
      precisionAt1: i18n.figure(data.valPrecisionAt1),
      mapAtR: i18n.figure(data.valMapAtR),
      imagesPerSecond: i18n.figure(data.imagesPerSecond, 1),
      learningRate: typeof data.learningRate === 'number' ? i18n.significant(data.learningRate) : '',
      waitShare: typeof data.waitShare === 'number' ? i18n.percent(data.waitShare) : '',
    })),
    lossNote: lossNote(task.config.loss, i18n),
    facts: [...facts(task, i18n), ...findings(task, i18n)],
    notes: textsOf(stepOf.get('train')?.result?.notes),
    rejected,
    rejectedLink: rejected.length > 0 ? i18n.t('rejected.open', { count: task.counts.rejected ?? 0 }) : null,
    deletable: !live,
    deleteFilesText: i18n.t('task.deleteFiles', { folder: task.run_folder }),
    configuration: stringify(task.config),
    log: events
      .filter(({ kind }) => kind === 'log')
      .slice(-LOG_LINES)
      .map(({ at, data }) => ({ at: i18n.clock(at), atIso: at, level: data.level, message: data.message })),
    cancellable: live,
    retryable: RETRYABLE_STATUSES.includes(task.status),
  };
}

const PLOTS = ['confusion_matrix', 'class_accuracy', 'similarity_dist'] as const satisfies readonly ArtefactKind[];

/** Figures are looked up by path, since a summary of an earlier release may know fewer. */
function resultView({ summary, artefacts }: ResultDto, i18n: I18n): Record<string, unknown> {
  const at = (...path: string[]): unknown =>
    path.reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], summary);
  const figures = [
    { name: i18n.t('task.accuracy'), value: i18n.figure(at('accuracy', 'all', 'accuracy', 'value')) },
    { name: 'P@1', value: i18n.figure(at('retrieval', 'all', 'precisionAt1', 'value')) },
    { name: 'MAP@R', value: i18n.figure(at('retrieval', 'all', 'mapAtR', 'value')) },
  ];
  return {
    figures: figures.filter(({ value }) => value !== ''),
    plots: PLOTS.flatMap((kind) => {
      const artefact = artefacts.find(({ type }) => type === kind);
      return artefact ? [{ url: artefact.url, alt: i18n.t(`task.${kind}`) }] : [];
    }),
    report: artefacts.some(({ type }) => type === 'report'),
    downloads: artefacts.map(({ file, url }) => ({ url, name: file })),
  };
}

/** What the steps found out: the engine that was used, and the certificate of the split. */
function findings({ steps }: TaskDetailDto, i18n: I18n): { name: string; value: string }[] {
  const resultOf = (name: string): Readonly<Record<string, unknown>> =>
    steps.find((step) => step.name === name)?.result ?? {};
  const { engine, engineReason } = resultOf('train');
  const { images, groups, crossSplitEdges, digest } = resultOf('dataset');
  const count = (of: unknown, key: string): number => Number((of as Record<string, unknown> | undefined)?.[key] ?? 0);
  const edges = Number(crossSplitEdges ?? 0);
  const split = { train: count(images, 'train'), val: count(images, 'val'), groups: count(groups, 'total'), edges };
  return [
    ...(typeof engine === 'string'
      ? [{ name: i18n.t('task.engine'), value: typeof engineReason === 'string' ? engineReason : engine }]
      : []),
    ...(typeof digest === 'string'
      ? [
          { name: i18n.t('task.split'), value: i18n.t('task.splitOf', split) },
          { name: i18n.t('task.splitDigest'), value: digest },
        ]
      : []),
  ];
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function rejectedRows(byCode: unknown, i18n: I18n): { code: string; name: string; count: string }[] {
  return Object.entries((byCode ?? {}) as Record<string, number>)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => ({ code, name: reasonName(code, i18n), count: i18n.number(count) }));
}

/** Why the training loss rises at first, where it does by design. */
function lossNote({ marginPreset, marginRad, marginWarmupEpochs }: TrainConfig['loss'], i18n: I18n): string | null {
  const grows = marginPreset === 'radians' && marginRad > 0 && marginWarmupEpochs > 0;
  return grows ? i18n.t('task.marginGrows', { epochs: marginWarmupEpochs }) : null;
}

function facts(task: TaskDetailDto, i18n: I18n): { name: string; value: string }[] {
  const { counts, config } = task;
  const all: [MessageKey, string | number | undefined | null][] = [
    ['task.id', task.task_id],
    ['task.input', task.input_dir],
    ['task.runFolder', task.run_folder],
    ['task.started', i18n.t('task.startedBy', { at: i18n.dateTime(task.created_at), by: task.created_by })],
    ['task.ended', task.finished_at === null ? null : i18n.dateTime(task.finished_at)],
    ['task.scanned', counts.scanned],
    ['task.readable', counts.readable],
    ['task.classified', counts.classified],
    ['task.rejected', counts.rejected],
    ['task.classes', counts.classes],
    [
      'task.model',
      i18n.t('task.modelOf', {
        architecture: config.model.architecture,
        backbone: config.model.backbone,
        size: config.data.imageSizePx,
      }),
    ],
    [
      'task.training',
      i18n.t('task.trainingOf', {
        epochs: config.training.maxEpochs,
        batch: config.training.batchSize,
        seed: String(config.experiment.seed),
      }),
    ],
  ];
  return all.flatMap(([key, value]) =>
    value === undefined || value === null
      ? []
      : [{ name: i18n.t(key), value: typeof value === 'number' ? i18n.number(value) : value }],
  );
}
