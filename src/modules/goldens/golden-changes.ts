import { Injectable } from '@nestjs/common';
import { Not, type EntityManager } from 'typeorm';
import type { EvaluationSummary, GoldenChoice } from '../../training/evaluation/index.js';
import { TaskStepEntity } from '../tasks/task-step.entity.js';
import type { TaskError } from '../tasks/task-error.js';
import { TaskStore } from '../tasks/task-store.js';
import type { TaskEntity } from '../tasks/task.entity.js';
import type { Transaction } from '../leases/index.js';
import { GoldenChangeEntity, type GoldenFigures } from './golden-change.entity.js';

/** The swaps of golden samples, as the pipeline looks at them. */
@Injectable()
export class GoldenChanges {
  constructor(private readonly store: TaskStore) {}

  /** For each golden sample that somebody swapped, the last choice that was not refused. */
  async inEffect(manager: EntityManager, taskId: string): Promise<GoldenChoice[]> {
    const rows = await manager.find(GoldenChangeEntity, {
      where: { taskId, status: Not('failed') },
      order: { id: 'ASC' },
    });
    const last = new Map(rows.map((row) => [row.goldenId, row]));
    return [...last.values()].map((row) => ({ id: row.goldenId, imagePath: row.imagePath, why: whyText(row) }));
  }

  /** An evaluation with all swaps is done: of a task that had completed before, tells what they came to. */
  async finish(tx: Transaction, task: TaskEntity): Promise<void> {
    const step = await tx.manager.findOneBy(TaskStepEntity, { taskId: task.id, name: 'evaluate' });
    const figures = figuresOf(step?.result as EvaluationSummary | null);
    await this.settle(tx, task, { status: 'done', figuresAfter: figures }, { figures });
  }

  /** The evaluation with the swaps cannot be done: the last results stand, and so do the choices before. */
  async fail(tx: Transaction, task: TaskEntity, error: TaskError): Promise<void> {
    await this.settle(tx, task, { status: 'failed', error }, { error });
  }

  private async settle(
    tx: Transaction,
    task: TaskEntity,
    change: Pick<GoldenChangeEntity, 'status'> & Partial<GoldenChangeEntity>,
    data: Record<string, unknown>,
  ): Promise<void> {
    const queued = await tx.manager.find(GoldenChangeEntity, {
      where: { taskId: task.id, status: 'queued' },
      order: { id: 'ASC' },
    });
    for (const row of queued) await tx.manager.save(Object.assign(row, change, { finishedAt: new Date() }));
    const changes = queued.map(({ id }) => Number(id));
    await this.store.appendEvent(tx, task.id, 'golden', { status: change.status, changes, ...data });
  }
}

/** Null where the summary is missing or of a release that did not have these figures. */
export function figuresOf(summary: Pick<EvaluationSummary, 'accuracy'> | null | undefined): GoldenFigures | null {
  const all = summary?.accuracy?.all;
  if (all?.rates === undefined) return null;
  const { overkill, escape, polarityEscape } = all.rates;
  return {
    accuracy: all.accuracy.value,
    overkill: overkill.rate,
    escape: escape.rate,
    polarity_escape: polarityEscape.rate,
  };
}

function whyText({ changedBy, changedAt, reason }: GoldenChangeEntity): string {
  return `chosen by ${changedBy} on ${changedAt.toISOString()}${reason === '' ? '' : `: ${reason}`}`;
}
