import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { TaskDetailDto, TaskEventDto } from '../modules/tasks/index.js';
import { Interrupted } from './exit-codes.js';
import { TaskFollower, type TaskSource } from './follow-task.js';
import { Output } from './output.js';
import { jsonLines } from '../../test/support/cli.js';

/** A task whose events and state change whenever somebody asks for news. */
function taskSource(moments: readonly { status: string; events: readonly TaskEventDto[] }[]): TaskSource {
  let now = 0;
  const seen = (): (typeof moments)[number] => moments[Math.min(now, moments.length - 1)]!;
  return {
    get: () => Promise.resolve({ status: seen().status } as TaskDetailDto),
    eventsSince: (_taskId, afterId) =>
      Promise.resolve(
        moments
          .slice(0, now + 1)
          .flatMap(({ events }) => events)
          .filter(({ id }) => id > afterId),
      ),
    news: (_taskId, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        setImmediate(() => {
          if (!signal.aborted) now += 1;
          resolve();
        });
      }),
  };
}

function step(id: number, name: string, status: string): TaskEventDto {
  return { id, kind: 'step', at: '2026-01-01T00:00:00.000Z', data: { step: name, status } };
}

function jsonOutput(): { output: Output; shown: () => string[] } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const shown = (): string[] =>
    jsonLines(String(stdout.read() ?? '')).map((event) => `${String(event.step)} ${String(event.status)}`);
  return { output: new Output({ stdout, stderr, interactive: false, columns: 80 }, true), shown };
}

describe('following a task', () => {
  const moments = [
    { status: 'running', events: [step(4, 'dataset', 'finished'), step(5, 'train', 'running')] },
    { status: 'running', events: [step(6, 'train', 'finished')] },
    { status: 'completed', events: [step(7, 'evaluate', 'finished')] },
  ];

  it('shows a step that a worker began before the first look, but nothing from before the command', async () => {
    const { output, shown } = jsonOutput();
    const follower = new TaskFollower(taskSource(moments), 'a', output, new AbortController().signal, 4);
    expect((await follower.until(['completed'])).status).toBe('completed');
    expect(shown()).toEqual(['train running', 'train finished', 'evaluate finished']);
  });

  it('goes on where it stopped, without a double', async () => {
    const { output, shown } = jsonOutput();
    const follower = new TaskFollower(taskSource(moments), 'a', output, new AbortController().signal);
    await follower.until(['running']);
    await follower.until(['completed']);
    expect(shown()).toEqual(['dataset finished', 'train running', 'train finished', 'evaluate finished']);
  });

  it('ends when it is interrupted while nothing happens', async () => {
    const interrupt = new AbortController();
    const { output } = jsonOutput();
    const quiet: TaskSource = {
      ...taskSource(moments),
      news: (_taskId, signal) => {
        setImmediate(() => interrupt.abort());
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      },
    };
    const follower = new TaskFollower(quiet, 'a', output, interrupt.signal);
    await expect(follower.until(['cancelled'])).rejects.toThrow(Interrupted);
  });
});
