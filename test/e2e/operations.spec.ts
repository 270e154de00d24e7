import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startService, type RunningService } from '../../src/main.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { createTinyLine } from '../support/tiny-line.js';

describe('operating the service', () => {
  let place: ServicePlace;
  let service: RunningService;

  beforeAll(async () => {
    place = await createServicePlace();
    service = await startService({ overrides: place.overrides, worker: 'none' });
  });

  afterAll(async () => {
    await service.stop();
    await place.release();
  });

  const call = (path: string, init?: RequestInit): Promise<Response> => fetch(`${service.url}${path}`, init);
  const get = async <T>(path: string): Promise<T> => (await call(path)).json() as Promise<T>;
  const post = (path: string, json: unknown): Promise<Response> =>
    call(path, { method: 'POST', body: JSON.stringify(json), headers: { 'Content-Type': 'application/json' } });

  it('tells that it lives and is ready, with a reason for each part', async () => {
    expect(await get('/health/live')).toEqual({ status: 'live' });
    const health = await get<{ status: string; checks: Record<string, { ok: boolean; reason: string }> }>(
      '/health/ready',
    );
    expect(health.status).toBe('ready');
    expect(Object.keys(health.checks)).toEqual(['database', 'queue', 'disk', 'sites']);
    for (const { reason } of Object.values(health.checks)) expect(reason).toMatch(/\.$/);
  });

  it('changes the configuration by version, with who and when, and never that of started tasks', async () => {
    const before = await get<{ version: number; config: { training: { maxEpochs: number } } }>('/config/current');
    expect(before.version).toBe(0);
    const line = await createTinyLine(place.root, { boards: 2, ng: 0 });
    const spec = { inputDir: line.inputDir, site: 'HPH', lineId: 'V31', metadataCsv: line.metadataCsv };
    const started = await service.tasks.start(spec, { name: 'user:ann', from: 'here' });

    const updated = await post('/config/update', { training: { max_epochs: 7 } });
    expect(await updated.json()).toMatchObject({
      version: 1,
      source: 'update',
      changed_by: 'anonymous',
      config: { training: { maxEpochs: 7, batchSize: 8 } },
    });
    expect((await service.tasks.get(started.task_id)).config.training.maxEpochs).toBe(before.config.training.maxEpochs);
    const next = await service.tasks.start(spec, { name: 'user:ann', from: 'here' });
    expect((await service.tasks.get(next.task_id)).config.training.maxEpochs).toBe(7);

    expect((await post('/config/update', { training: { maxEpochs: 0 } })).status).toBe(400);
    expect((await post('/config/update', { trainings: {} })).status).toBe(400);
    expect(await (await post('/config/reset', {})).json()).toMatchObject({ version: 2, source: 'reset' });
    expect((await get<{ config: unknown }>('/config/current')).config).toEqual(before.config);
    expect((await get<{ versions: unknown[] }>('/config/history')).versions).toHaveLength(2);
    expect(await get('/config/default')).toMatchObject({ config: { training: { maxEpochs: 50 } } });
  });

  it('compares a version of the settings with the one before it, also over a gap in the numbers', async () => {
    const client = new pg.Client({ connectionString: place.database.url });
    await client.connect();
    // As a change that was rolled back leaves it.
    await client.query("SELECT nextval(pg_get_serial_sequence('polarline.config_versions', 'version'))");
    await client.end();
    const { version } = (await (await post('/config/update', { training: { max_epochs: 9 } })).json()) as {
      version: number;
    };
    expect(version).toBe(4);
    const settings = await (await call('/settings')).text();
    const link = /\/settings\/diff\?to(?:=|&#x3D;)4/.exec(settings)?.[0].replace('&#x3D;', '=');
    const difference = await call(link!);
    expect(difference.status).toBe(200);
    expect(await difference.text()).toContain('training.maxEpochs');
  });

  it('names the sites and none of their secrets', async () => {
    const text = await (await call('/config/sites')).text();
    expect(JSON.parse(text)).toEqual({ sites: ['HPH', 'JQ', 'OFFLINE'] });
  });

  it('counts tasks, lines and steps', async () => {
    expect(await get('/training/statistics')).toMatchObject({
      tasks: { total: 2, by_status: { pending: 2, completed: 0 } },
      lines: [{ site: 'HPH', line_id: 'V31', tasks: 2 }],
    });
  });

  it('has figures for Prometheus', async () => {
    const answer = await call('/metrics/prometheus');
    expect(answer.headers.get('content-type')).toContain('text/plain');
    const text = await answer.text();
    expect(text).toContain('polarline_tasks{status="pending"} 2');
    expect(text).toMatch(/polarline_queue_jobs\{queue="prepare",state="waiting"\} 2/);
    expect(text).toMatch(
      /polarline_http_request_seconds_count\{method="GET",route="\/training\/statistics",status="200"\} 1/,
    );
  });

  it('describes every route, and docs/openapi.json says the same', async () => {
    const document = await get<{ paths: Record<string, unknown> }>('/docs-json');
    const kept: unknown = JSON.parse(await readFile(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8'));
    // Differs? `npm run openapi` writes it anew.
    expect(document).toEqual(kept);
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/training/start',
        '/training/events/{id}',
        '/orientation/confirm/{id}',
        '/config/update',
      ]),
    );
    const page = await call('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("style-src 'self' 'unsafe-inline'");
    expect((await call('/')).headers.get('content-security-policy')).not.toContain('unsafe');
  });
});
