import type { ArtefactKind } from '../results/artefact-kinds.js';
import type { ResultDto } from '../results/results.service.js';
import type { TaskDetailDto, TaskEventDto } from '../tasks/task-dto.js';
import { LIVE_STATUSES, RETRYABLE_STATUSES } from '../tasks/task-state.js';
import { STEPS } from '../tasks/task-steps.js';
import { taskRow } from './dashboard.view.js';
import { clockTime, duration, figure, localTime, STEP_TITLES } from './format.js';

const LOG_LINES = 200;

/** View of views/task.hbs. */
export function taskView(
  task: TaskDetailDto,
  events: readonly TaskEventDto[],
  result: ResultDto | null,
): { readonly title: string } & Record<string, unknown> {
  const live = LIVE_STATUSES.includes(task.status);
  const stepOf = new Map(task.steps.map((step) => [step.name, step]));
  return {
    title: `${task.site} ${task.line_id}`,
    scripts: live ? ['live.js'] : [],
    task: taskRow(task),
    live,
    lastEventId: events.at(-1)?.id ?? 0,
    waiting: task.status === 'pending_orientation',
    error: task.error,
    result: result && resultView(result),
    steps: STEPS.map(({ name }) => {
      const step = stepOf.get(name);
      const state = step?.duration_ms != null ? duration(step.duration_ms) : (step?.status ?? '');
      return { name, title: STEP_TITLES[name], status: step?.status ?? 'waiting', state };
    }),
    epochs: events
      .filter(({ kind }) => kind === 'epoch')
      .map(({ data }) => ({
        epoch: data.epoch,
        trainLoss: figure(data.trainLoss),
        precisionAt1: figure(data.valPrecisionAt1),
        mapAtR: figure(data.valMapAtR),
        imagesPerSecond: figure(data.imagesPerSecond, 1),
      })),
    facts: facts(task),
    log: events
      .filter(({ kind }) => kind === 'log')
      .slice(-LOG_LINES)
      .map(({ at, data }) => ({ at: clockTime(at), atIso: at, level: data.level, message: data.message })),
    actions: [
      ...(live ? [{ path: `/tasks/${task.task_id}/cancel`, label: 'Cancel this task', style: 'danger' }] : []),
      ...(RETRYABLE_STATUSES.includes(task.status)
        ? [{ path: `/tasks/${task.task_id}/retry`, label: 'Try again', style: 'primary' }]
        : []),
    ],
  };
}

const PLOTS: readonly ArtefactKind[] = ['confusion_matrix', 'class_accuracy', 'similarity_dist'];

/** Figures are looked up by path, since a summary of an earlier release may know fewer. */
function resultView({ summary, artefacts }: ResultDto): Record<string, unknown> {
  const at = (...path: string[]): unknown =>
    path.reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], summary);
  const figures = [
    { name: 'Accuracy', value: figure(at('accuracy', 'all', 'accuracy', 'value')) },
    { name: 'P@1', value: figure(at('retrieval', 'all', 'precisionAt1', 'value')) },
    { name: 'MAP@R', value: figure(at('retrieval', 'all', 'mapAtR', 'value')) },
  ];
  return {
    figures: figures.filter(({ value }) => value !== ''),
    plots: artefacts
      .filter(({ type }) => PLOTS.includes(type))
      .map(({ type, url }) => ({ url, alt: type.replaceAll('_', ' ') })),
    downloads: artefacts.map(({ file, url }) => ({ url, name: file })),
  };
}

function facts(task: TaskDetailDto): { name: string; value: string | number }[] {
  const { counts, config } = task;
  const all: [string, string | number | undefined | null][] = [
    ['Task', task.task_id],
    ['Input folder', task.input_dir],
    ['Run folder', task.run_folder],
    ['Started', `${localTime(task.created_at)} by ${task.created_by}`],
    ['Ended', task.finished_at === null ? null : localTime(task.finished_at)],
    ['Files', counts.scanned],
    ['Readable images', counts.readable],
    ['With metadata', counts.classified],
    ['Set aside', counts.rejected],
    ['Classes', counts.classes],
    ['Model', `${config.model.architecture} on ${config.model.backbone}, ${config.data.imageSizePx} px`],
    [
      'Training',
      `up to ${config.training.maxEpochs} epochs, batch ${config.training.batchSize}, seed ${config.experiment.seed}`,
    ],
  ];
  return all.flatMap(([name, value]) => (value === undefined || value === null ? [] : [{ name, value }]));
}
