import { describe, expect, it } from '@jest/globals';
import { filterSql } from './task-filter.js';
import type { TaskStatus } from './task-state.js';

const EVERYTHING = { sites: null, lines: null };

describe('the conditions of a filter', () => {
  it('write several states out, so that a page of ended tasks is no sort of the whole table', () => {
    const { where, values } = filterSql({ status: ['failed', 'cancelled', 'completed'] }, EVERYTHING, 'indexed');
    expect(where).toMatch(/^status IN \('\w+', '\w+', '\w+'\)$/);
    expect(values).toEqual({});
    const otherOrder = filterSql({ status: ['completed', 'failed', 'cancelled'] }, EVERYTHING, 'indexed');
    expect(otherOrder.where).toBe(where);
  });

  it('take one state as a value, and no word from outside into the statement', () => {
    expect(filterSql({ status: ['failed'] }, EVERYTHING, 'indexed')).toEqual({
      where: 'status = q.status',
      values: { status: 'failed' },
    });
    const foreign = ["'); DROP TABLE tasks; --", 'failed'] as TaskStatus[];
    expect(filterSql({ status: foreign }, EVERYTHING, 'indexed').where).toBe("status IN ('failed')");
  });
});
