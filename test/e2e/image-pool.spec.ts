import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Fault } from '../../src/demo/image-server.js';
import type { RunningService } from '../../src/main.js';
import { CANARIES, createCliPlace, type CliPlace } from '../support/cli-place.js';
import { EVIL_ZIPS } from '../support/evil-zips.js';
import { eventually } from '../support/eventually.js';
import { createPoolPlace, REQUEST, type PoolPlace } from '../support/pool-place.js';

const COUNT = 120;

interface Answer {
  readonly status: number;
  readonly body: Record<string, never>;
}

interface Download {
  readonly status: string;
  readonly stored: number;
  readonly known: number;
  readonly refused: number;
  readonly total: number;
  readonly refusals: readonly { file: string; reason: string }[];
  readonly error: { code: string; message: string } | null;
}

interface Image {
  readonly file: string;
  readonly label: string | null;
  readonly url: string;
  readonly thumbnail_url: string;
}

describe('the image pool over HTTP', () => {
  let place: PoolPlace;
  let service: RunningService;

  beforeAll(async () => {
    place = await createPoolPlace(COUNT);
    service = await place.start();
  });
  afterAll(async () => {
    await service?.stop();
    await place?.release();
  });
  beforeEach(() => {
    place.fault = null;
  });

  const call = async (method: string, path: string, json?: unknown, headers = {}): Promise<Answer> => {
    const answer = await fetch(`${service.url}${path}`, {
      method,
      headers: { ...(json === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, never> };
  };
  const start = async (more: object = {}, headers = {}): Promise<string> => {
    const { status, body } = await call('POST', '/download/rawdata', { ...REQUEST, ...more }, headers);
    expect({ status, body }).toMatchObject({ status: 201, body: { status: expect.any(String) as unknown } });
    return body.task_id as unknown as string;
  };
  const statusOf = async (id: string): Promise<Download> =>
    (await call('GET', `/download/status/${id}`)).body as unknown as Download;
  const ended = async (id: string): Promise<Download> => {
    await eventually(async () => !['pending', 'running'].includes((await statusOf(id)).status));
    return statusOf(id);
  };
  const images = async (query = ''): Promise<Image[]> =>
    ((await call('GET', `/download/images/PN-1?limit=500&${query}`)).body as unknown as { images: Image[] }).images;

  it('says what a download would bring, days inclusive, each image once', async () => {
    const { status, body } = await call('POST', '/download/estimate', REQUEST);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        images: COUNT + 2,
        to_fetch: COUNT + 2,
        in_pool: 0,
        products: 1,
        first: '2025-03-03 08:00:00',
        last: '2025-03-04 23:59:59',
        estimated_bytes: null,
      },
    });
    expect(place.images.requests).toBe(0);
    expect((await call('POST', '/download/estimate', { ...REQUEST, limit: 7 })).body).toMatchObject({ to_fetch: 7 });
  });

  it.each([
    ['a day that does not exist', { start_date: '2025-02-30' }, 'CONFIG_INVALID'],
    ['days the wrong way round', { end_date: '2025-03-02' }, 'CONFIG_INVALID'],
    ['years at a time', { end_date: '2029-03-02' }, 'CONFIG_INVALID'],
    ['no images', { part_number: 'NO-SUCH' }, 'NO_IMAGES'],
    ['a key that does not exist', { part: 'PN-1' }, 'CONFIG_INVALID'],
    ['an unknown site', { site: 'MOON' }, 'SITE_UNKNOWN'],
    ['a site that is a CSV export', { site: 'EXPORT' }, 'SITE_WITHOUT_IMAGES'],
    ['a site without an image server', { site: 'BLIND' }, 'IMAGE_SERVER_MISSING'],
  ])('refuses %s in words, and starts nothing', async (_name, more, code) => {
    const before = (await call('GET', '/download/list')).body.total;
    const { status, body } = await call('POST', '/download/rawdata', { ...REQUEST, ...more });
    expect({ status, code: body.code }).toEqual({ status: expect.any(Number) as unknown, code });
    expect(status).toBeLessThan(500);
    expect(body.message).toMatch(/xpected|valid keys/);
    expect((await call('GET', '/download/list')).body.total).toBe(before);
  });

  it('goes on after the server broke off in the middle, and fetches nothing twice', async () => {
    place.fault = (request) => (request >= 2 ? { kind: 'cut' } : undefined);
    const id = await start();
    expect((await ended(id)).error).toMatchObject({
      code: expect.stringMatching(/^(IMAGE_SERVER_CUT|ZIP_DAMAGED)$/) as unknown,
    });
    const half = await statusOf(id);
    expect(half).toMatchObject({ status: 'failed', stored: 50, total: COUNT + 2 });
    const asked = place.images.asked.length;
    place.fault = null;
    expect((await call('POST', `/download/retry/${id}`)).status).toBe(200);
    const done = await ended(id);
    expect(done).toMatchObject({ status: 'completed', stored: COUNT, known: 0, refused: 2, error: null });
    const reasons = Object.fromEntries(done.refusals.map(({ file, reason }) => [file, reason]));
    expect(reasons).toEqual({
      [place.broken]: expect.stringMatching(/no JPEG, PNG or BMP/) as unknown,
      [place.absent]: 'the image server does not have it',
    });
    const again = place.images.asked.slice(asked);
    expect(again).toHaveLength(COUNT + 2 - 50);
    expect(new Set(again).size).toBe(again.length);
    expect((await call('POST', `/download/retry/${id}`)).body.code).toBe('DOWNLOAD_MOVE_FORBIDDEN');
    expect((await images()).map(({ file }) => file)).toEqual(place.files);
  });

  it('asks for nothing that the pool has, and answers a repeated call with the same task', async () => {
    const asked = place.images.asked.length;
    const key = { 'Idempotency-Key': 'once' };
    const [one, two] = await Promise.all([start({}, key), start({}, key)]);
    expect(one).toBe(two);
    expect(await ended(one)).toMatchObject({ status: 'completed', stored: 0, known: COUNT });
    expect(place.images.asked.slice(asked).sort()).toEqual(
      [place.absent, place.broken].map((file) => `2025-03-04/${file.slice(0, 14)}/${file}`).sort(),
    );
    expect((await call('POST', '/download/rawdata', { ...REQUEST, limit: 1 }, key)).body.code).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
    expect((await call('POST', '/download/estimate', REQUEST)).body).toMatchObject({ in_pool: COUNT, to_fetch: 2 });
  });

  it('sends pictures and thumbnails with ETags, and nothing from outside of the pool', async () => {
    const [image] = await images();
    const picture = await fetch(`${service.url}${image!.url}`);
    expect(picture.headers.get('content-type')).toBe('image/png');
    // A cache on the way knows neither sign-in nor scope.
    expect(picture.headers.get('cache-control')).toBe('private, max-age=3600');
    await picture.body?.cancel();
    const thumbnail = await fetch(`${service.url}${image!.thumbnail_url}`);
    expect(thumbnail.headers.get('content-type')).toBe('image/webp');
    expect(thumbnail.headers.get('cache-control')).toBe('private, max-age=3600');
    await thumbnail.body?.cancel();
    const etag = thumbnail.headers.get('etag')!;
    const same = await fetch(`${service.url}${image!.thumbnail_url}`, {
      headers: { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' },
    });
    expect(same.status).toBe(304);
    expect((await call('GET', `/rawdata/images/PN-1/${place.files[0]}?size=17`)).status).toBe(400);
    for (const way of [
      '..%2f..%2f..%2fconfigs%2fconfigs.yaml',
      '%2e%2e/%2e%2e/configs.yaml',
      '%2fetc%2fpasswd',
      'OK/..%5c..%5cx',
      'C:%5cx',
      'NG/',
    ])
      for (const [method, path] of [
        ['GET', `/rawdata/images/PN-1/${way}`],
        ['DELETE', `/download/images/PN-1/${way}`],
        ['GET', `/rawdata/images/${way}/x.png`],
        ['GET', `/download/parts/${way}`],
      ] as const) {
        const { status } = await call(method, path);
        expect({ method, path, refused: status >= 400 && status < 500 }).toEqual({ method, path, refused: true });
      }
    expect(existsSync(join(place.root, 'configs', 'configs.yaml'))).toBe(true);
  });

  it('sorts into folders that training takes, and undoes it', async () => {
    const part = (await call('GET', '/download/parts/PN-1')).body as unknown as { input_dir: string };
    const [a, b, c] = place.files as [string, string, string];
    const { status, body } = await call('POST', '/download/classify/PN-1', {
      classifications: { [a]: 'OK', [b]: 'OK', [c]: 'NG' },
    });
    expect({ status, body }).toEqual({
      status: 200,
      body: { changed: 3, before: { [a]: null, [b]: null, [c]: null } },
    });
    expect((await readdir(join(part.input_dir, 'OK'))).sort()).toEqual([a, b]);
    expect(await readdir(join(part.input_dir, 'NG'))).toEqual([c]);
    expect((await call('GET', '/download/parts')).body).toMatchObject({
      total: 1,
      parts: [{ part_number: 'PN-1', images: COUNT, ok: 2, ng: 1, unsorted: COUNT - 3, products: ['P1'] }],
    });
    const wrong = await call('POST', '/download/classify/PN-1', { classifications: { [a]: 'NG', 'x.png': 'OK' } });
    expect(wrong).toMatchObject({ status: 404, body: { code: 'IMAGE_UNKNOWN' } });
    expect((await images('label=OK')).map(({ file }) => file)).toEqual([a, b]);
    const before = body.before as unknown as object;
    expect((await call('POST', '/download/classify/PN-1', { classifications: before })).body.changed).toBe(3);
    expect(await images('label=OK')).toEqual([]);
    await call('POST', '/download/classify/PN-1', { classifications: { [a]: 'OK' } });
    const started = await call('POST', '/training/start', {
      input_dir: part.input_dir,
      site: 'HPH',
      line_id: 'V31',
      max_epochs: 1,
    });
    expect(started.status).toBe(201);
    await call('POST', `/training/cancel/${started.body.task_id}`);
  });

  it('shows nothing of it to somebody of another site', async () => {
    const { withIdentity } = await import('../../src/modules/auth/access-scope.js');
    const other = { name: 'key:jq', role: 'admin', sites: ['JQ'], lines: null, csrfToken: null } as const;
    await withIdentity(other, async () => {
      const all = { limit: 10, offset: 0 };
      expect(await service.images.parts({}, all)).toEqual({ parts: [], total: 0 });
      expect((await service.imageTrash.trash({}, all)).total).toBe(0);
      expect((await service.downloads.list({})).total).toBe(0);
      expect((await service.downloads.list({ site: 'HPH' })).total).toBe(0);
      const path = service.images.path('PN-1', { site: 'HPH', lineId: 'V31' }, place.files[0]!);
      await expect(path).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' });
      const sorting = service.images.classify('PN-1', {}, { [place.files[0]!]: 'NG' }, { name: 'x', from: 'x' });
      await expect(sorting).rejects.toMatchObject({ code: 'PART_UNKNOWN' });
    });
    const request = { ...REQUEST, lineId: 'V31', startDate: '2025-03-03', endDate: '2025-03-04', partNumber: 'PN-1' };
    const fetching = withIdentity(other, () => service.downloads.estimate({ ...request, limit: null }));
    await expect(fetching).rejects.toMatchObject({ code: 'OUT_OF_SCOPE' });
  });

  it('throws away, brings back, and empties the trash', async () => {
    const file = place.files[5]!;
    expect((await call('DELETE', `/download/images/PN-1/${file}`)).body).toEqual({ deleted: 1 });
    expect((await images()).map((image) => image.file)).not.toContain(file);
    expect((await call('DELETE', `/download/images/PN-1/${file}`)).status).toBe(404);
    const trash = (await call('GET', '/download/trash')).body as unknown as { images: Image[]; total: number };
    expect(trash).toMatchObject({ total: 1, images: [{ file, part_number: 'PN-1' }] });
    const picture = await fetch(`${service.url}${trash.images[0]!.thumbnail_url}`);
    expect(picture.status).toBe(200);
    await picture.body?.cancel();
    expect((await call('POST', '/download/restore/PN-1', { files: [file] })).body).toEqual({ restored: 1 });
    expect((await images()).map((image) => image.file)).toContain(file);
    expect((await call('POST', '/download/restore/PN-1', { files: [file] })).body.code).toBe('IMAGE_UNKNOWN');
    await call('DELETE', `/download/images/PN-1/${file}`);
    expect((await call('DELETE', '/download/trash')).body).toEqual({ removed: 1 });
    expect((await call('GET', `/rawdata/images/PN-1/${file}`)).status).toBe(404);
    const { entries } = (await call('GET', '/audit?limit=1000')).body as unknown as { entries: { action: string }[] };
    const actions = entries.map(({ action }) => action);
    for (const action of ['pool.download', 'pool.retry', 'pool.classify', 'pool.delete', 'pool.restore', 'pool.empty'])
      expect(actions).toContain(action);
  });

  it.each(['a way up', 'a symbolic link', 'an encrypted file', 'a bomb by ratio', 'half of an archive'])(
    'refuses an archive with %s, and stores nothing of it',
    async (name) => {
      const { zip, code } = EVIL_ZIPS[name]!;
      const bytes = zip();
      place.fault = (): Fault => ({ kind: 'bytes', bytes });
      const stored = (await images()).length;
      const done = await ended(await start());
      expect(done).toMatchObject({ status: 'failed', error: { code } });
      expect(done.error!.message).toMatch(/expected/);
      expect(await images()).toHaveLength(stored);
      expect(await readdir(join(place.dataFolder, 'pool', '.incoming'))).toEqual([]);
    },
  );

  it('goes on when the tunnel is cut', async () => {
    let cut = false;
    place.fault = () => {
      if (!cut) place.ssh.dropConnections();
      cut = true;
      return undefined;
    };
    expect(await ended(await start())).toMatchObject({ status: 'completed' });
    expect(cut).toBe(true);
  });

  it('is held by its worker from the moment that it is taken', async () => {
    const database = new pg.Client({ connectionString: place.database.url });
    await database.connect();
    const holders =
      "SELECT lease_until > clock_timestamp() AS held FROM polarline.pool_downloads WHERE status = 'running'";
    let answer: Promise<pg.QueryResult> | undefined;
    place.fault = () => {
      answer ??= database.query(holders);
      return undefined;
    };
    await ended(await start());
    expect((await answer!).rows).toEqual([{ held: true }]);
    await database.end();
  });

  it('tells at once what no retry cures', async () => {
    const before = place.images.requests;
    place.fault = () => ({ kind: 'status', status: 404 });
    expect((await ended(await start())).error).toMatchObject({ code: 'IMAGE_SERVER_REFUSED' });
    expect(place.images.requests).toBe(before + 1);
  });

  it('cancels at once, and goes on after a restart of the service', async () => {
    const file = place.files[7]!;
    for (const gone of place.files.slice(0, 60))
      if (gone !== file) await call('DELETE', `/download/images/PN-1/${gone}`);
    await call('DELETE', '/download/trash');
    // Neither download ends by itself.
    place.fault = () => ({ kind: 'stalled' });
    const cancelled = await start();
    await eventually(async () => (await statusOf(cancelled)).status === 'running');
    expect((await call('POST', `/download/cancel/${cancelled}`)).body.status).toBe('cancelled');
    const interrupted = await start();
    await eventually(async () => (await statusOf(interrupted)).status === 'running');
    await service.stop();
    place.fault = null;
    service = await place.start();
    expect(await ended(interrupted)).toMatchObject({ status: 'completed' });
    expect(await statusOf(cancelled)).toMatchObject({ status: 'cancelled' });
    expect((await images()).map((image) => image.file).sort()).toEqual([...place.files].sort());
    expect(await readdir(join(place.dataFolder, 'pool', '.incoming'))).toEqual([]);
  });
});

describe('polarline download', () => {
  let place: CliPlace;
  beforeAll(async () => {
    place = await createCliPlace();
  });
  afterAll(() => place?.release());

  it('says what it would bring, fetches it, and fetches nothing twice', async () => {
    const { part_number: part } = place.line.rows[0]!;
    const days = place.line.rows.map((row) => String(row.create_time).slice(0, 10)).sort();
    const where = ['--site', 'HPH', '--line-id', place.line.lineId, '--part', String(part)];
    const args = ['download', ...where, '--from', days[0]!, '--to', days.at(-1)!, '--json'];
    const estimate = await place.cli([...args, '--estimate']);
    expect({ code: estimate.code, stderr: estimate.stderr }).toMatchObject({ code: 0 });
    const { to_fetch: toFetch } = JSON.parse(estimate.stdout) as { to_fetch: number };
    expect(toFetch).toBeGreaterThan(0);
    const first = await place.cli(args);
    expect({ code: first.code, stderr: first.stderr }).toMatchObject({ code: 0 });
    const { download, part: stored } = JSON.parse(first.stdout) as {
      download: { stored: number; refused: number };
      part: { input_dir: string; images: number };
    };
    expect(download.stored + download.refused).toBe(toFetch);
    expect(await readdir(join(stored.input_dir, 'unsorted'))).toHaveLength(stored.images);
    const again = JSON.parse((await place.cli(args)).stdout) as { download: { stored: number; known: number } };
    expect(again.download).toMatchObject({ stored: 0, known: download.stored });
    const wrong = await place.cli([...args.slice(0, -1), '--to', '2020-01-01']);
    expect(wrong.code).toBe(2);
    for (const { stdout, stderr } of [first, estimate, wrong]) expect(stdout + stderr).not.toMatch(CANARIES);
  });
});
