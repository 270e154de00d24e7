import type { TaskStatus } from './task-state.js';

/** All steps in the order they are done; `weight` is a step's share of the whole, as progress tells it. */
export const STEPS = [
  { name: 'scan', job: 'prepare', weight: 0.08 },
  { name: 'classify', job: 'prepare', weight: 0.06 },
  { name: 'collect', job: 'prepare', weight: 0.04 },
  { name: 'samples', job: 'prepare', weight: 0.02 },
  { name: 'dataset', job: 'build', weight: 0.1 },
  { name: 'train', job: 'train', weight: 0.55 },
  { name: 'evaluate', job: 'evaluate', weight: 0.13 },
  { name: 'summary', job: 'evaluate', weight: 0.02 },
] as const;

export type StepName = (typeof STEPS)[number]['name'];
export type JobName = (typeof STEPS)[number]['job'];
export const STEP_NAMES: readonly StepName[] = STEPS.map((step) => step.name);

/** Steps before the human gate. */
export const GATE_STEPS: readonly StepName[] = STEPS.filter((step) => step.job === 'prepare').map((step) => step.name);

export function stepsOfJob(job: JobName): StepName[] {
  return STEPS.filter((step) => step.job === job).map((step) => step.name);
}

/** Overall progress in [0, 1] while `step` stands at `fraction` of its own work. */
export function overallProgress(step: StepName, fraction: number): number {
  let before = 0;
  for (const { name, weight } of STEPS) {
    if (name === step) return Math.min(1, before + weight * Math.min(1, Math.max(0, fraction)));
    before += weight;
  }
  return before;
}

/**
 * What is to be done next, from truth alone (state and finished steps): the reconciler, the gate and the
 * end of a job all ask this one function.
 */
export function nextJob(status: TaskStatus, finished: ReadonlySet<StepName>): JobName | null {
  const open = STEPS.find((step) => !finished.has(step.name));
  // Also when all of its steps are done, but the task was not moved on: that is left to the job that ended them.
  if (status === 'pending') return 'prepare';
  if (status === 'running' && !open) return 'evaluate';
  // A completed task is evaluated again when its golden samples change; it stays completed.
  if (status === 'completed') return open?.job === 'evaluate' ? 'evaluate' : null;
  if (status !== 'running' || !open) return null;
  return open.job === 'prepare' ? null : open.job;
}

/** The state that finished steps and a given answer speak for: where a retry goes on. */
export function statusForRetry(finished: ReadonlySet<StepName>, answered: boolean): TaskStatus {
  if (!GATE_STEPS.every((step) => finished.has(step))) return 'pending';
  return answered ? 'running' : 'pending_orientation';
}
