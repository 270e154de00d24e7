import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startService, type RunningService } from '../../src/main.js';
import { trainConfigSchema } from '../../src/training/config.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';

const TASKS = 100_000;
const PAGE_SIZE = 50;

describe('the dashboard over a hundred thousand tasks', () => {
  let place: ServicePlace;
  let service: RunningService;

  beforeAll(async () => {
    place = await createServicePlace();
    service = await startService({ overrides: place.overrides, worker: 'none' });
    const client = new pg.Client({ connectionString: place.database.url });
    await client.connect();
    await client.query('SET search_path = polarline');
    await client.query(
      `INSERT INTO tasks (id, status, progress, site, line_id, input_dir, output_dir, run_folder, config, counts,
          created_by, created_from, created_at, updated_at)
        SELECT lpad(to_hex(n), 32, '0')::uuid, 'completed', 1, 'S' || n % 4, 'L' || n % 10, '/aoi/' || n, '/runs',
          '/runs/' || n, $1, '{}', 'test', 'here', '2025-01-01T12:00:00Z'::timestamptz + n * interval '1 minute', now()
        FROM generate_series(1, ${TASKS}) AS n`,
      [JSON.stringify(trainConfigSchema.parse({}))],
    );
    await client.query(
      `INSERT INTO task_steps (task_id, name, status, attempt, started_at, result)
        VALUES (lpad(to_hex(${TASKS}), 32, '0')::uuid, 'evaluate', 'finished', 1, now(),
          '{"accuracy": {"all": {"accuracy": {"value": 0.9876}}}, "retrieval": {"all": {"precisionAt1": {"value": 0.5}}}}')`,
    );
    await client.query('ANALYZE');
    await client.end();
  }, 120_000);

  afterAll(async () => {
    await service?.stop();
    await place?.release();
  });

  const page = async (path: string): Promise<{ html: string; ids: number[]; range: string }> => {
    const html = await (await fetch(`${service.url}${path}`, { headers: { 'Accept-Language': 'en' } })).text();
    const ids = [...html.matchAll(/<tr data-task="([0-9a-f-]+)"/g)].map((match) =>
      parseInt(match[1]!.replaceAll('-', ''), 16),
    );
    return { html, ids, range: /[\d,]+ to [\d,]+ of [\d,]+/.exec(html)?.[0] ?? '' };
  };
  /** Of the pager, without the escapes of HTML. */
  const link = (html: string, rel: string): string =>
    new RegExp(`href="([^"]+)" rel="${rel}"`).exec(html)![1]!.replaceAll('&amp;', '&').replaceAll('&#x3D;', '=');
  const down = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, i) => from - i);

  it('pages from the newest to the oldest with nothing missed or doubled', async () => {
    const first = await page('/');
    expect(first.ids).toEqual(down(TASKS, TASKS - PAGE_SIZE + 1));
    expect(first.range).toBe('1 to 50 of 100,000');
    expect(first.html).toContain('0.988');
    expect((await page(link(first.html, 'next'))).ids[0]).toBe(TASKS - PAGE_SIZE);
    const last = await page(link(first.html, 'last'));
    expect(last.ids).toEqual(down(PAGE_SIZE, 1));
    expect(last.range).toBe('99,951 to 100,000 of 100,000');
    expect(last.html).not.toContain('rel="next"');
    expect((await page('/?offset=49990')).ids).toEqual(down(TASKS - 49_990, TASKS - 49_990 - PAGE_SIZE + 1));
  });

  it('filters by site, line, text and day, and keeps the filter on the way', async () => {
    const line = await page('/?site=S1&line=L3');
    expect(line.range).toBe('1 to 50 of 5,000');
    expect(line.ids.every((id) => id % 4 === 1 && id % 10 === 3)).toBe(true);
    expect(link(line.html, 'next')).toBe('/?site=S1&line=L3&offset=50');
    expect((await page('/?text=aoi/99999')).ids).toEqual([99_999]);
    const day = await page('/?from=2025-01-02&to=2025-01-02');
    expect(day.range).toMatch(/of 1,440$/);
    expect((await page('/?site=S9')).html).toContain('No task matches');
  });
});
