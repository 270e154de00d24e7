import type { TaskDetailDto, TaskEventDto } from '../modules/tasks/index.js';
import { Interrupted } from './exit-codes.js';
import type { Output } from './output.js';
import { figures, formatDuration, formatFigure, STEP_TITLES } from './task-view.js';

/** What following needs of the service. */
export interface TaskSource {
  get(taskId: string): Promise<TaskDetailDto>;
  eventsSince(taskId: string, afterId: number): Promise<TaskEventDto[]>;
  /** Resolves when a task may have changed since it was called, or with `signal`. */
  news(taskId: string, signal: AbortSignal): Promise<void>;
}

type TaskStatus = TaskDetailDto['status'];

/**
 * Shows a task's events as they come until it stands in one of `until`, and returns it. Remembers what was
 * shown, so that following can go on where it stopped.
 */
export class TaskFollower {
  /** Events up to `lastEventId` are left out. */
  constructor(
    private readonly source: TaskSource,
    private readonly taskId: string,
    private readonly output: Output,
    private readonly signal: AbortSignal,
    private lastEventId = 0,
  ) {}

  /** @throws Interrupted on Ctrl-C. */
  async until(statuses: readonly TaskStatus[]): Promise<TaskDetailDto> {
    const done = new AbortController();
    const signal = AbortSignal.any([this.signal, done.signal]);
    try {
      for (;;) {
        const news = this.source.news(this.taskId, signal);
        // The state is read before the events: whatever led to it is then among them.
        const task = await this.source.get(this.taskId);
        await this.showNew();
        if (statuses.includes(task.status)) return task;
        await news;
        if (this.signal.aborted) throw new Interrupted();
      }
    } finally {
      done.abort();
    }
  }

  private async showNew(): Promise<void> {
    for (;;) {
      const events = await this.source.eventsSince(this.taskId, this.lastEventId);
      for (const event of events) this.show(event);
      if (events.length === 0) return;
      this.lastEventId = events.at(-1)!.id;
    }
  }

  private show({ kind, data, at }: TaskEventDto): void {
    this.output.event({ type: kind, at, task_id: this.taskId, ...data });
    const step = title(data.step);
    switch (kind) {
      case 'step':
        if (data.status === 'running') return this.output.progress(step, 0);
        this.output.progress(
          step,
          1,
          typeof data.durationMs === 'number' ? formatDuration(data.durationMs) : undefined,
        );
        return this.output.endProgress();
      case 'progress':
        return this.output.progress(step, Number(data.fraction), progressText(data));
      case 'log':
        return this.output.note(logText(data));
      case 'epoch':
      case 'state':
      case 'golden':
        return;
    }
  }
}

function title(step: unknown): string {
  return typeof step === 'string' ? ((STEP_TITLES as Record<string, string>)[step] ?? step) : 'task';
}

/** `epoch 3 of 16, loss 1.2034, 410 images/s, 40 s left`. */
function progressText({ message, metrics }: Readonly<Record<string, unknown>>): string {
  const { trainLoss, imagesPerSecond, secondsLeft } = (metrics ?? {}) as Partial<Record<string, number>>;
  return [
    text(message),
    trainLoss === undefined ? undefined : `loss ${formatFigure(trainLoss)}`,
    imagesPerSecond === undefined ? undefined : `${Math.round(imagesPerSecond)} images/s`,
    secondsLeft === undefined ? undefined : `${formatDuration(secondsLeft * 1000)} left`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

function logText({ level, message, details }: Readonly<Record<string, unknown>>): string {
  const known = details !== null && typeof details === 'object' ? figures(details as Record<string, unknown>) : '';
  return `${level === 'warn' ? 'warning: ' : ''}${text(message) ?? ''}${known === '' ? '' : `: ${known}`}`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
