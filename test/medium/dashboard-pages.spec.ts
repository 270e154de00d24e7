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

  it('shows its heading while the rest is looked up', async () => {
    const client = new pg.Client({ connectionString: place.database.url });
    await client.connect();
    await client.query('BEGIN; LOCK TABLE polarline.task_steps');
    const answer = await fetch(service.url!, { headers: { 'Accept-Language': 'en' } });
    const parts = answer.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
    const top = String((await parts.next()).value);
    expect(top).toContain('<h1>Tasks</h1>');
    expect(top).toMatch(/assets\/\w+\/dashboard\.js/);
    expect(top).not.toContain('data-task');
    await client.query('COMMIT');
    await client.end();
    let rest = '';
    for (let part = await parts.next(); !part.done; part = await parts.next()) rest += part.value;
    expect(rest.match(/data-task/g)).toHaveLength(PAGE_SIZE);
    expect(rest.trimEnd()).toMatch(/<\/html>$/);
  });

  it('has style and scripts kept for good, under an address that changes with them', async () => {
    const { html } = await page('/');
    const [address] = /\/assets\/\w+\/polarline\.css/.exec(html)!;
    const cacheControl = async (path: string): Promise<(string | number | null)[]> => {
      const answer = await fetch(service.url + path);
      await answer.arrayBuffer();
      return [answer.status, answer.headers.get('Cache-Control')];
    };
    expect(await cacheControl(address)).toEqual([200, 'public, max-age=31536000, immutable']);
    // A page of an earlier release that is still open.
    expect(await cacheControl('/assets/0123456789ab/dashboard.js')).toEqual([200, 'public, max-age=0']);
    expect(await cacheControl('/assets/0123456789ab/layout.hbs')).toEqual([404, null]);
  });

  it('says in the page what fails after its heading, and by its status what fails before', async () => {
    const client = new pg.Client({ connectionString: place.database.url });
    await client.connect();
    const without = async (table: string): Promise<{ status: number; html: string }> => {
      await client.query(`ALTER TABLE polarline.${table} RENAME TO away`);
      const answer = await fetch(service.url!, { headers: { Accept: 'text/html', 'Accept-Language': 'en' } });
      const html = await answer.text();
      await client.query(`ALTER TABLE polarline.away RENAME TO ${table}`);
      return { status: answer.status, html };
    };
    const late = await without('task_steps');
    expect([late.status, late.html.match(/<h1>[^<]*/g)]).toEqual([
      200,
      ['<h1>Tasks', '<h1>Something went wrong on our side'],
    ]);
    expect(late.html.trimEnd()).toMatch(/<\/html>$/);
    const early = await without('tasks');
    expect([early.status, early.html.match(/<h1>[^<]*/g)]).toEqual([500, ['<h1>Something went wrong on our side']]);
    await client.end();
  });
});
