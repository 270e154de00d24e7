import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startService, type RunningService } from '../../src/main.js';
import { eventually } from '../support/eventually.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { createTinyLine } from '../support/tiny-line.js';

const TERMINAL = { name: 'cli:root', from: 'terminal' };
const PASSWORD = 'correct horse battery';
const ROLES = ['viewer', 'operator', 'engineer', 'admin'] as const;
const ID = '00000000-0000-4000-8000-000000000000';

/** Every route of REST with the lowest role that may call it; a route that is missing here fails a test. */
const ROUTES: Readonly<Record<string, (typeof ROLES)[number] | 'public'>> = {
  'POST /training/start': 'engineer',
  'GET /training/status/{id}': 'viewer',
  'GET /training/list': 'viewer',
  'GET /training/result/{id}': 'viewer',
  'GET /training/download/{id}/{type}': 'viewer',
  'POST /training/cancel/{id}': 'engineer',
  'POST /training/retry/{id}': 'engineer',
  'DELETE /training/delete/{id}': 'admin',
  'GET /training/events/{id}': 'viewer',
  'GET /training/golden/{id}': 'viewer',
  'GET /training/golden/{id}/candidates': 'viewer',
  'GET /training/golden/{id}/picture': 'viewer',
  'PUT /training/golden/{id}': 'engineer',
  'POST /training/golden/{id}/undo': 'engineer',
  'POST /training/check-input': 'engineer',
  'GET /training/input-folders': 'engineer',
  'GET /training/input-picture': 'engineer',
  'GET /training/answers/{id}': 'viewer',
  'GET /training/rejected/{id}': 'viewer',
  'GET /training/rejected/{id}/csv': 'viewer',
  'GET /training/picture/{id}': 'viewer',
  'GET /training/statistics': 'viewer',
  'GET /orientation/samples/{id}': 'viewer',
  'GET /orientation/earlier/{id}': 'viewer',
  'GET /orientation/pictures/{id}': 'viewer',
  'GET /orientation/draft/{id}': 'viewer',
  'PUT /orientation/draft/{id}': 'operator',
  'POST /orientation/confirm/{id}': 'operator',
  'GET /temp/{id}/{class}/{file}': 'viewer',
  'POST /download/estimate': 'engineer',
  'POST /download/rawdata': 'engineer',
  'GET /download/list': 'viewer',
  'GET /download/status/{id}': 'viewer',
  'POST /download/cancel/{id}': 'engineer',
  'POST /download/retry/{id}': 'engineer',
  'GET /download/parts': 'viewer',
  'GET /download/parts/{pn}': 'viewer',
  'GET /download/images/{pn}': 'viewer',
  'POST /download/classify/{pn}': 'operator',
  'DELETE /download/images/{pn}/{file}': 'engineer',
  'GET /download/trash': 'viewer',
  'DELETE /download/trash': 'admin',
  'POST /download/restore/{pn}': 'engineer',
  'GET /rawdata/images/{pn}/{path}': 'viewer',
  'GET /config/current': 'viewer',
  'GET /config/default': 'viewer',
  'GET /config/history': 'viewer',
  'POST /config/update': 'engineer',
  'POST /config/reset': 'engineer',
  'GET /config/sites': 'viewer',
  'POST /maintenance/cleanup': 'admin',
  'GET /health': 'viewer',
  'GET /health/live': 'public',
  'GET /health/ready': 'public',
  'GET /metrics/prometheus': 'viewer',
  'GET /users': 'admin',
  'POST /users': 'admin',
  'PATCH /users/{name}': 'admin',
  'GET /keys': 'admin',
  'POST /keys': 'admin',
  'DELETE /keys/{id}': 'admin',
  'GET /audit': 'admin',
  'GET /audit.csv': 'admin',
};

describe('who may do what', () => {
  let place: ServicePlace;
  let service: RunningService;
  const keys = new Map<string, string>();

  beforeAll(async () => {
    place = await createServicePlace(['security.loginAttempts=3']);
    service = await startService({ overrides: place.overrides, worker: 'none' });
  });

  afterAll(async () => {
    await service.stop();
    await place.release();
  });

  const call = (route: string, init: RequestInit & { key?: string; json?: unknown } = {}): Promise<Response> => {
    const [method, path] = route.split(' ') as [string, string];
    const { key, json, ...rest } = init;
    const headers = {
      ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
      ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...rest.headers,
    };
    const body = json === undefined ? rest.body : JSON.stringify(json);
    return fetch(`${service.url}${path}`, { redirect: 'manual', ...rest, method, headers, body });
  };
  const code = async (answer: Promise<Response>): Promise<string> =>
    ((await (await answer).json()) as { code: string }).code;

  it('is open on this machine until there is a user, who must be an admin', async () => {
    expect((await call('GET /training/list')).status).toBe(200);
    await expect(
      service.users.add({ name: 'Bob', role: 'viewer', password: PASSWORD }, TERMINAL),
    ).rejects.toMatchObject({ code: 'ADMIN_FIRST' });
    await expect(service.users.add({ name: 'root', role: 'admin', password: 'short' }, TERMINAL)).rejects.toMatchObject(
      {
        code: 'PASSWORD_TOO_SHORT',
      },
    );
    await service.users.add({ name: 'Root', role: 'admin', password: PASSWORD }, TERMINAL);
    expect((await call('GET /training/list')).status).toBe(401);
    expect((await call('GET /health/live')).status).toBe(200);
    const page = await call('GET /', { headers: { Accept: 'text/html' } });
    expect(page.headers.get('location')).toBe('/sign-in?next=%2F');
  });

  it('refuses to listen beyond this machine without an admin', async () => {
    const other = await createServicePlace(['server.host=0.0.0.0', `server.allowedInputRoots=["/nowhere"]`]);
    await expect(startService({ overrides: other.overrides, worker: 'none' })).rejects.toMatchObject({
      code: 'ADMIN_REQUIRED',
    });
    await other.release();
  });

  it('answers 429 above the limit of requests, says when to come again, and then answers again', async () => {
    const limit = 10;
    const other = await createServicePlace();
    const busy = await startService({
      overrides: [...other.overrides, `limits.requestsPerMinute=${limit}`],
      worker: 'none',
    });
    try {
      const ask = (): Promise<Response> => fetch(`${busy.url}/training/list`);
      const answers = await Promise.all(Array.from({ length: limit + 2 }, ask));
      expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(limit).fill(200), 429, 429]);
      const refused = answers.find(({ status }) => status === 429)!;
      const seconds = Number(refused.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60 / limit);
      expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED', details: { retry_after_seconds: seconds } });
      await eventually(async () => (await ask()).status === 200);
    } finally {
      await busy.stop();
      await other.release();
    }
  });

  it("signs in on the page, needs the page's token for changes, and signs out", async () => {
    const form = (fields: Record<string, string>): RequestInit => ({
      body: new URLSearchParams(fields).toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html' },
    });
    const wrong = await call('POST /sign-in', form({ name: 'root', password: 'no such thing' }));
    expect(wrong.status).toBe(401);
    // Whoever then changes the language comes back to the page that sent the form; its answer cannot be asked for.
    const page = { ...form({ name: 'root' }).headers, Referer: `${service.url}/sign-in?next=%2Faudit` };
    const again = await call('POST /sign-in', { ...form({ name: 'root' }), headers: page });
    expect(await again.text()).toContain('/language/vi?next&#x3D;%2Fsign-in%3Fnext%3D%252Faudit');
    const right = await call('POST /sign-in', form({ name: 'root', password: PASSWORD, next: '//evil.example' }));
    expect(right.status).toBe(303);
    expect(right.headers.get('location')).toBe('/');
    const cookie = right.headers.get('set-cookie')!;
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
    const session = { Cookie: cookie.split(';')[0]! };
    const html = await (await call('GET /', { headers: session })).text();
    const token = /name="_csrf" value="([^"]+)"/.exec(html)![1]!;
    expect(await code(call('POST /config/reset', { headers: session }))).toBe('CSRF_TOKEN_WRONG');
    // As long in characters, longer in bytes.
    const odd = { json: { _csrf: 'é'.repeat(token.length) }, headers: session };
    expect(await code(call('POST /config/reset', odd))).toBe('CSRF_TOKEN_WRONG');
    expect((await call('POST /config/reset', { headers: { ...session, 'X-CSRF-Token': token } })).status).toBe(200);
    const out = await call('POST /sign-out', {
      ...form({ _csrf: token }),
      headers: { ...form({}).headers, ...session },
    });
    expect(out.status).toBe(303);
    expect((await call('GET /training/list', { headers: session })).status).toBe(401);
  });

  it('slows down guessing, also of many guesses at once', async () => {
    const guess = (): Promise<Response> =>
      call('POST /sign-in', {
        body: 'name=nobody&password=guess',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      });
    const burst = await Promise.all(Array.from({ length: 12 }, async () => (await guess()).status));
    expect(burst.filter((status) => status === 401).length).toBeLessThanOrEqual(3);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await guess()).status);
    expect(statuses).toContain(429);
    expect(statuses.at(-1)).toBe(429);
  });

  it('makes keys by role, tells each once, and keeps only its hash', async () => {
    const root = await service.keys.add({ name: 'admin', role: 'admin' }, TERMINAL);
    for (const role of ROLES) {
      if (role === 'admin') continue;
      const answer = await call('POST /keys', { key: root.key, json: { name: role, role } });
      expect(answer.status).toBe(201);
      keys.set(role, ((await answer.json()) as { key: string }).key);
    }
    keys.set('admin', root.key);
    const listed = await (await call('GET /keys', { key: root.key })).text();
    for (const key of keys.values()) expect(listed).not.toContain(key);
  });

  it('lists every route that the service has', async () => {
    const document = (await (await call('GET /docs-json', { key: keys.get('viewer')! })).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it.each(Object.entries(ROUTES))('%s lets in %s and above, and nobody else', async (route, needed) => {
    const path = route.replaceAll(/\{(\w+)\}/g, ID);
    const json = /^(POST|PUT|PATCH)/.test(route) ? { nothing_like_it: true } : undefined;
    if (needed === 'public') return expect((await call(path, { json })).status).toBe(200);
    expect((await call(path, { json })).status).toBe(401);
    for (const role of ROLES) {
      const answer = await call(path, { key: keys.get(role)!, json });
      const allowed = ROLES.indexOf(role) >= ROLES.indexOf(needed);
      expect({ role, refused: answer.status === 403 }).toEqual({ role, refused: !allowed });
      expect(answer.status).toBeLessThan(500);
      await answer.body?.cancel();
    }
  });

  it('lets operators sort by the form of the pictures, but not throw them away', async () => {
    const send = (role: string, as: string): Promise<Response> =>
      call('POST /images/part/PN-1/sort', {
        key: keys.get(role)!,
        body: new URLSearchParams({ file: 'a.png', as }),
      });
    const refused = await send('operator', 'trash');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      code: 'ROLE_TOO_LOW',
      details: { needed: 'engineer', role: 'operator' },
    });
    // There is no such part; what matters is that they get as far as that.
    expect(await code(send('operator', 'OK'))).toBe('PART_UNKNOWN');
    expect(await code(send('engineer', 'trash'))).toBe('PART_UNKNOWN');
  });

  it('shows nothing of another site', async () => {
    const line = await createTinyLine(place.root, { boards: 2, ng: 0 });
    const spec = { inputDir: line.inputDir, lineId: 'V31', metadataCsv: line.metadataCsv };
    const hph = await service.tasks.start({ ...spec, site: 'HPH' }, TERMINAL);
    const jq = await service.tasks.start({ ...spec, site: 'JQ' }, TERMINAL);
    const { key } = await service.keys.add({ name: 'jq', role: 'engineer', sites: ['JQ'] }, TERMINAL);
    const list = (await (await call('GET /training/list', { key })).json()) as { tasks: { task_id: string }[] };
    expect(list.tasks.map((task) => task.task_id)).toEqual([jq.task_id]);
    for (const path of [
      'training/status',
      'training/events',
      'orientation/samples',
      'training/result',
      'training/golden',
    ])
      expect((await call(`GET /${path}/${hph.task_id}`, { key })).status).toBe(404);
    expect((await call(`POST /training/cancel/${hph.task_id}`, { key })).status).toBe(404);
    const statistics = (await (await call('GET /training/statistics', { key })).json()) as {
      lines: { site: string }[];
    };
    expect(statistics.lines.map(({ site }) => site)).toEqual(['JQ']);
    // A step of the other site's task, of which a scrape that may see it leaves nothing to the next.
    const client = new pg.Client({ connectionString: place.database.url });
    await client.connect();
    await client.query(
      `INSERT INTO polarline.task_steps (task_id, name, status, attempt, started_at, finished_at, duration_ms)
        VALUES ($1, 'scan', 'finished', 1, now(), now(), 1000)`,
      [hph.task_id],
    );
    await client.end();
    const scrape = async (as: string): Promise<string> => (await call('GET /metrics/prometheus', { key: as })).text();
    expect(await scrape(keys.get('admin')!)).toContain('step="scan"');
    const seen = await scrape(key);
    expect(seen).toContain('polarline_tasks{status="pending"} 1');
    expect(seen).not.toContain('step="scan"');
    const body = { input_dir: line.inputDir, site: 'HPH', line_id: 'V31' };
    expect(await code(call('POST /training/start', { key, json: body }))).toBe('OUT_OF_SCOPE');
  });

  it('refuses keys that are revoked, expired or made up', async () => {
    const revoked = await service.keys.add({ name: 'brief', role: 'viewer' }, TERMINAL);
    expect((await call('GET /training/list', { key: revoked.key })).status).toBe(200);
    await call(`DELETE /keys/${revoked.id}`, { key: keys.get('admin')! });
    expect(await code(call('GET /training/list', { key: revoked.key }))).toBe('KEY_REFUSED');
    expect(await code(call('GET /training/list', { key: 'plk_made_up' }))).toBe('KEY_REFUSED');
    await expect(
      service.keys.add({ name: 'past', role: 'viewer', expiresAt: new Date(0) }, TERMINAL),
    ).rejects.toMatchObject({ code: 'KEY_EXPIRED' });
  });

  it('keeps the last admin', async () => {
    const key = keys.get('admin')!;
    expect(await code(call('PATCH /users/root', { key, json: { disabled: true } }))).toBe('LAST_ADMIN');
    expect(
      (await call('POST /users', { key, json: { name: 'ann', role: 'operator', password: PASSWORD } })).status,
    ).toBe(201);
    expect(await code(call('POST /users', { key, json: { name: 'ANN', role: 'viewer', password: PASSWORD } }))).toBe(
      'USER_EXISTS',
    );
  });

  it('keeps a trail that says who did what, without secrets, and that nothing can change', async () => {
    const text = await (await call('GET /audit?limit=1000', { key: keys.get('admin')! })).text();
    const { entries } = JSON.parse(text) as { entries: { actor: string; action: string; target: string }[] };
    const actions = entries.map(({ action }) => action);
    for (const expected of ['user.add', 'key.add', 'key.revoke', 'session.open', 'config.reset', 'task.start'])
      expect(actions).toContain(expected);
    expect(entries.find(({ target }) => target === 'user:ann')?.actor).toBe('key:admin');
    for (const secret of [PASSWORD, ...keys.values()]) expect(text).not.toContain(secret);
    expect(text).not.toContain('scrypt');
    const csv = await (await call('GET /audit.csv', { key: keys.get('admin')! })).text();
    expect(csv.split('\r\n')[0]).toBe('id,at,actor,address,action,target,before,after');
    expect(csv.trim().split('\r\n')).toHaveLength(entries.length + 1);
  });

  it('refuses a request that asks for this machine by a foreign name', async () => {
    const { hostname, port } = new URL(service.url!);
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ hostname, port, path: '/health/live', headers: { Host: 'evil.example' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});
