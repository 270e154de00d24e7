import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GATE_STEPS, nextJob, overallProgress, statusForRetry, STEP_NAMES, STEPS, stepsOfJob } from './task-steps.js';
import { TASK_STATUSES } from './task-state.js';

describe('steps of a task', () => {
  it('have weights that sum to one', () => {
    expect(STEPS.reduce((sum, step) => sum + step.weight, 0)).toBeCloseTo(1, 12);
  });

  it('tell a progress that never goes back from one step to the next', () => {
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.nat(STEPS.length - 2), fraction, fraction, (index, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const [step, next] = [STEP_NAMES[index]!, STEP_NAMES[index + 1]!];
        expect(overallProgress(step, high)).toBeGreaterThanOrEqual(overallProgress(step, low));
        expect(overallProgress(next, a)).toBeGreaterThanOrEqual(overallProgress(step, b) - 1e-12);
      }),
    );
    expect(overallProgress('summary', 1)).toBeCloseTo(1, 12);
  });

  it('follow one another to the end when each job finishes its steps', () => {
    const finished = new Set<(typeof STEP_NAMES)[number]>();
    const jobs: string[] = [];
    const endsWith = { pending: 'prepare', running: 'evaluate' } as const;
    for (const status of ['pending', 'running'] as const)
      do {
        const job = nextJob(status, finished)!;
        jobs.push(job);
        for (const step of stepsOfJob(job)) finished.add(step);
      } while (jobs.at(-1) !== endsWith[status]);
    expect(jobs).toEqual(['prepare', 'build', 'train', 'evaluate']);
    expect(finished.size).toBe(STEPS.length);
  });

  it('never leave a task in a working state without a job', () => {
    expect(nextJob('pending', new Set(GATE_STEPS))).toBe('prepare');
    expect(nextJob('running', new Set(STEP_NAMES))).toBe('evaluate');
    const afterGate = fc.subarray(STEP_NAMES.filter((name) => !GATE_STEPS.includes(name)));
    fc.assert(
      fc.property(fc.subarray([...STEP_NAMES]), afterGate, (some, later) => {
        expect(nextJob('pending', new Set(some))).not.toBeNull();
        expect(nextJob('running', new Set([...GATE_STEPS, ...later]))).not.toBeNull();
      }),
    );
  });

  it('ask for no job in a state in which nobody works', () => {
    for (const status of TASK_STATUSES)
      if (status !== 'pending' && status !== 'running') expect(nextJob(status, new Set())).toBeNull();
  });

  it('ask for an evaluation of a completed task when its evaluation alone is open', () => {
    const trained = STEP_NAMES.filter((name) => !stepsOfJob('evaluate').includes(name));
    expect(nextJob('completed', new Set(trained))).toBe('evaluate');
    expect(nextJob('completed', new Set([...trained, 'evaluate']))).toBe('evaluate');
    expect(nextJob('completed', new Set(STEP_NAMES))).toBeNull();
    for (const status of ['failed', 'cancelled'] as const) expect(nextJob(status, new Set(trained))).toBeNull();
  });

  it('send a retry to the state that its finished steps speak for', () => {
    expect(statusForRetry(new Set(['scan']), false)).toBe('pending');
    expect(statusForRetry(new Set(GATE_STEPS), false)).toBe('pending_orientation');
    expect(statusForRetry(new Set(GATE_STEPS), true)).toBe('running');
  });
});
