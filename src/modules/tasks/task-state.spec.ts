import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../common/index.js';
import {
  assertMove,
  ENDED_STATUSES,
  INITIAL_STATUS,
  LIVE_STATUSES,
  mayMove,
  TASK_MOVES,
  TASK_STATUSES,
  type TaskStatus,
} from './task-state.js';

const reachableFrom = (start: TaskStatus): Set<TaskStatus> => {
  const seen = new Set<TaskStatus>([start]);
  const todo = [start];
  for (let next = todo.pop(); next !== undefined; next = todo.pop())
    for (const to of TASK_MOVES[next]) {
      if (seen.has(to)) continue;
      seen.add(to);
      todo.push(to);
    }
  return seen;
};

describe('task state machine', () => {
  it('reaches every state from the first one', () => {
    expect([...reachableFrom(INITIAL_STATUS)].sort()).toEqual([...TASK_STATUSES].sort());
  });

  it('strands no task: from every state an ended one can be reached, and completed from all but itself', () => {
    for (const status of TASK_STATUSES)
      expect(ENDED_STATUSES.some((ended) => reachableFrom(status).has(ended))).toBe(true);
    for (const status of LIVE_STATUSES) expect(reachableFrom(status).has('completed')).toBe(true);
  });

  it('allows a cancel and a failure from every live state', () => {
    for (const status of LIVE_STATUSES) {
      expect(mayMove(status, 'cancelled')).toBe(true);
      expect(mayMove(status, 'failed')).toBe(true);
    }
  });

  it('never leaves completed', () => {
    for (const to of TASK_STATUSES) expect(mayMove('completed', to)).toBe(false);
  });

  it('throws a conflict for every move that is not in the table, and for no other', () => {
    for (const from of TASK_STATUSES)
      for (const to of TASK_STATUSES) {
        const attempt = (): void => assertMove('t', from, to);
        if (TASK_MOVES[from].includes(to)) expect(attempt).not.toThrow();
        else expect(() => attempt()).toThrow(AppError);
      }
  });

  it('says from where to where an illegal move was to go, as a conflict', () => {
    try {
      assertMove('t1', 'completed', 'running');
      throw new Error('not reached');
    } catch (error) {
      expect(error).toMatchObject({
        code: 'ILLEGAL_TRANSITION',
        httpStatus: 409,
        details: { from: 'completed', to: 'running' },
      });
    }
  });

  it('never passes the gate twice without a retry, whatever moves are tried', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TASK_STATUSES), { maxLength: 40 }), (moves) => {
        let status: TaskStatus = INITIAL_STATUS;
        let gates = 0;
        for (const to of moves) {
          try {
            assertMove('t', status, to);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
            continue;
          }
          if (status === 'failed' || status === 'cancelled') gates = 0;
          if (to === 'running' && status === 'pending_orientation') gates++;
          status = to;
          expect(gates).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
