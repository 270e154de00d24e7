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
      each: null,
    });
    const foreign = ["'); DROP TABLE tasks; --", 'failed'] as TaskStatus[];
    expect(filterSql({ status: foreign }, EVERYTHING, 'indexed').where).toBe("status IN ('failed')");
  });

  it('ask for what is wanted of what may be seen, and for nothing where that is nothing', () => {
    const scope = { sites: ['HPH', 'JQ'], lines: null };
    const wanted = filterSql({ site: 'JQ' }, scope, 'indexed');
    expect(wanted).toEqual({ where: 'site = q.site', values: { site: 'JQ' }, each: null });
    expect(filterSql({ site: 'VN' }, scope, 'indexed').values).toEqual({ sites: [] });
  });

  it('ask for each of several states of a site on its own, and of all sites on a walk through time', () => {
    const status: TaskStatus[] = ['failed', 'completed'];
    expect(filterSql({ status }, EVERYTHING, 'indexed').each).toBeNull();
    expect(filterSql({ status, lineId: 'V1' }, EVERYTHING, 'indexed').each).toBeNull();
    expect(filterSql({ status, site: 'HPH' }, EVERYTHING, 'indexed').each).toEqual({
      from: "unnest(ARRAY['completed', 'failed']) AS one_status(status)",
      where: 'site = q.site AND tasks.status = one_status.status',
    });
  });

  it('ask for each of a few sites and lines on its own, and for many or a text at once', () => {
    const scope = { sites: ['HPH', 'JQ', 'HPH'], lines: ['V1', 'V2'] };
    const { where, values, each } = filterSql({}, scope, 'indexed');
    expect(where).toBe('site = ANY(q.sites) AND line_id = ANY(q.line_ids)');
    expect(values).toEqual({ sites: ['HPH', 'JQ'], line_ids: ['V1', 'V2'] });
    expect(each).toEqual({
      from: 'unnest(q.sites) AS one_site(site) CROSS JOIN unnest(q.line_ids) AS one_line_id(line_id)',
      where: 'tasks.site = one_site.site AND tasks.line_id = one_line_id.line_id',
    });
    const many = { ...scope, lines: Array.from({ length: 101 }, (_, line) => `V${line}`) };
    expect(filterSql({}, many, 'indexed').each).toBeNull();
    expect(filterSql({ text: 'board' }, scope, 'indexed').each).toBeNull();
  });
});
