import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startService, type RunningService } from '../../src/main.js';
import { startForwardingServer } from '../../src/infra/ssh/index.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { sshKeyPair } from '../support/ssh-keys.js';
import { createTinyLine, type TinyLine } from '../support/tiny-line.js';

const ANN = { name: 'user:ann', from: 'here' };
const CANARY = 'canary-outside-content';
const UP = [
  '..',
  '%2e%2e',
  '.%2e',
  '%252e%252e',
  '%c0%ae%c0%ae',
  '%e0%80%ae%e0%80%ae',
  '%uff0e%uff0e',
  '....',
  '..%00',
  '..;',
  '%2e%2e%20',
];
const SLASHES = ['/', '%2f', '%252f', '%5c', '\\', '%255c', '%c0%af', '%2f%2f'];

/** Spellings of a way to a file outside; the names are those of files that exist there. */
function spellings(outside: string): string[] {
  const names = ['outside.txt', 'outside.txt%00.png'];
  const climbing = UP.flatMap((up) =>
    SLASHES.flatMap((slash) => names.map((name) => `${`${up}${slash}`.repeat(4)}${name}`)),
  );
  const absolute = encodeURIComponent(outside);
  const others = [
    'C:%5cWindows%5cwin.ini',
    'C:',
    'file:%2f%2f%2fetc%2fpasswd',
    '%5c%5chost%5cshare%5cx',
    '%2f%2fhost%2fshare',
    '%00',
    'nul',
    'con.png',
    'x::$DATA',
    '~',
    'link',
    'link%2foutside.txt',
  ];
  return [...climbing, absolute, encodeURIComponent(absolute), `${absolute}%00`, ...others];
}

describe('names that lead elsewhere', () => {
  let place: ServicePlace;
  let service: RunningService;
  let line: TinyLine;
  let id: string;
  let outside: string;

  beforeAll(async () => {
    place = await createServicePlace();
    outside = join(place.root, 'outside.txt');
    await writeFile(outside, CANARY);
    line = await createTinyLine(place.root, { boards: 2, ng: 0 });
    service = await startService({ overrides: place.overrides, worker: 'none' });
    const { inputDir, metadataCsv } = line;
    const task = await service.tasks.start({ inputDir, site: 'HPH', lineId: 'V31', metadataCsv }, ANN);
    id = task.task_id;
    const { run_folder: folder } = await service.tasks.get(id);
    await mkdir(join(folder, 'raw_data'), { recursive: true });
    await symlink(place.root, join(folder, 'raw_data', 'link'), 'junction').catch(() => undefined);
  });
  afterAll(async () => {
    await service.stop();
    await place.release();
  });

  /** As it is written: fetch would put it right. */
  async function raw(method: string, path: string): Promise<{ status: number; text: string }> {
    const { hostname, port } = new URL(service.url!);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(
      `${method} ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
    );
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    return { status: Number(text.split(' ')[1]), text };
  }

  it('read, change and remove nothing outside, on any route with a path', async () => {
    const document = (await (await fetch(`${service.url}/docs-json`)).json()) as { paths: Record<string, object> };
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
    );
    const taking = routes.filter(([, path]) => path.includes('{'));
    expect(taking.length).toBeGreaterThan(10);
    let asked = 0;
    for (const [method, template] of taking) {
      const last = template.lastIndexOf('{');
      const corpus = spellings(outside);
      // Every spelling where files are served; elsewhere each kind once.
      const served = /temp|rawdata|download|images/.test(template);
      const chosen = served ? corpus : corpus.filter((_, i) => i % 9 === 0);
      for (let i = 0; i < chosen.length; i += 20)
        await Promise.all(
          chosen.slice(i, i + 20).map(async (spelling) => {
            const path =
              template
                .slice(0, last)
                .replace('{id}', id)
                .replace('{class}', line.classes[0]!)
                .replace(/\{\w+\}/g, 'PN-1') + spelling;
            const { status, text } = await raw(method, path);
            asked++;
            expect({
              path,
              status: status >= 200 && status < 500 ? true : status,
              leaks: text.includes(CANARY),
            }).toEqual({
              path,
              status: true,
              leaks: false,
            });
          }),
        );
    }
    expect(asked).toBeGreaterThan(300);
    expect(await readFile(outside, 'utf8')).toBe(CANARY);
    expect(existsSync(line.inputDir)).toBe(true);
    expect((await readdir(place.root)).sort()).toEqual(
      expect.arrayContaining(['amr_raw_data.csv', 'input', 'outside.txt']),
    );
  });

  it('are refused when they come as folders to read or write', async () => {
    const inputs = ['\0', '/etc/passwd', '../../../../etc', 'C:\\Windows', '\\\\host\\share', `${line.inputDir}/\0`];
    for (const inputDir of inputs) {
      const body = JSON.stringify({ input_dir: inputDir, site: 'HPH', line_id: 'V31', metadata_csv: line.metadataCsv });
      const answer = await fetch(`${service.url}/training/start`, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/json' },
      });
      expect([inputDir, answer.status]).toEqual([inputDir, 400]);
    }
  });
});

const SECRETS = {
  database: 'canary-db-password-7c1',
  ssh: 'canary-ssh-password-7c2',
  passphrase: 'canary-passphrase-7c3',
  user: 'canary-user-password-7c4',
};

describe('secrets', () => {
  it('are in no answer, error, log, run folder or row of the database', async () => {
    const place = await createServicePlace();
    const configs = join(place.root, 'configs');
    await mkdir(configs);
    const pair = sshKeyPair(SECRETS.passphrase);
    const ssh = await startForwardingServer({ users: [{ name: 'aoi', authorizedKeys: [pair.public] }] });
    const site = (ssh: object): object => ({
      host: '127.0.0.1',
      port: 9,
      database: 'x',
      user: 'u',
      password: SECRETS.database,
      ssh,
    });
    const tunnel = {
      host: '127.0.0.1',
      port: 9,
      user: 'aoi',
      hostKeyFingerprint: `SHA256:${'A'.repeat(43)}`,
      connectTimeoutSeconds: 30,
    };
    const sites = {
      HPH: site({ ...tunnel, password: SECRETS.ssh }),
      JQ: site({
        ...tunnel,
        port: ssh.port,
        hostKeyFingerprint: ssh.fingerprints[0],
        privateKey: pair.private,
        passphrase: SECRETS.passphrase,
      }),
    };
    await writeFile(join(configs, 'database_configs.yaml'), JSON.stringify({ sites }));
    await writeFile(join(configs, 'train_configs.yaml'), '{}\n');
    await writeFile(join(configs, 'configs.yaml'), '{}\n');
    const log = join(place.root, 'service.log');
    const before = process.env.POLARLINE_CONFIG;
    process.env.POLARLINE_CONFIG = configs;
    const write = process.stderr.write.bind(process.stderr);
    const file = createWriteStream(log);
    process.stderr.write = (chunk: string | Uint8Array) => file.write(chunk);
    let service: RunningService | undefined;
    const seen: string[] = [];
    let keys: string[] = [];
    let token = '';
    try {
      service = await startService({ overrides: [...place.overrides, 'logging.level=trace'], worker: 'inProcess' });
      await service.users.add({ name: 'ann', role: 'admin', password: SECRETS.user }, ANN);
      const { key } = await service.keys.add({ name: 'mes', role: 'admin' }, ANN);
      const other = await service.keys.add({ name: 'spare', role: 'admin' }, ANN);
      keys = [key, other.key];
      const line = await createTinyLine(place.root, { boards: 1, ng: 0 });
      const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
      const ask = async (
        method: string,
        path: string,
        body?: object,
        more: Record<string, string> = headers,
      ): Promise<void> => {
        const answer = await fetch(`${service!.url}${path}`, {
          method,
          headers: more,
          body: body && JSON.stringify(body),
          redirect: 'manual',
        });
        token ||= /polarline_session=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '';
        seen.push(await answer.text());
      };
      const start = { input_dir: line.inputDir, line_id: 'V31' };
      for (const name of ['HPH', 'JQ']) await ask('POST', '/training/start', { ...start, site: name });
      await ask('POST', '/training/start', { ...start, site: 'HPH', metadata_csv: line.metadataCsv });
      await ask('POST', '/sign-in', { name: 'ann', password: SECRETS.user }, { 'Content-Type': 'application/json' });
      await ask(
        'POST',
        '/sign-in',
        { name: 'ann', password: `${SECRETS.user}x` },
        { 'Content-Type': 'application/json' },
      );
      await ask('GET', '/training/list', undefined, { Authorization: `Bearer ${key}x` });
      for (const path of [
        '/config/sites',
        '/config/current',
        '/config/history',
        '/users',
        '/keys',
        '/audit',
        '/audit.csv',
        '/health',
        '/health/ready',
        '/metrics/prometheus',
        '/training/list',
        '/nothing',
      ])
        await ask('GET', path);
      const dump = await databaseDump(place.database.url);
      seen.push(dump);
    } finally {
      await service?.stop();
      process.stderr.write = write;
      file.end();
      await once(file, 'finish');
      if (before === undefined) delete process.env.POLARLINE_CONFIG;
      else process.env.POLARLINE_CONFIG = before;
    }
    try {
      seen.push(await readFile(log, 'utf8'), await textOf(place.runsFolder));
      const everything = seen.join('\n');
      expect(everything.length).toBeGreaterThan(5_000);
      // Without a session there would be nothing to look for.
      expect(token).not.toBe('');
      // An encrypted key was decrypted and signed in with.
      expect(ssh.logins).toBeGreaterThan(0);
      const keyLines = pair.private.split('\n').filter((line) => line.length > 40 && !line.startsWith('--'));
      expect(keyLines.length).toBeGreaterThan(1);
      const secrets = [...Object.values(SECRETS), ...keys, ...keyLines, token];
      expect(secrets.length).toBeGreaterThanOrEqual(6);
      for (const secret of secrets) expect([secret, everything.includes(secret)]).toEqual([secret, false]);
    } finally {
      await ssh.close();
      await place.release();
    }
  });
});

/** Every row of every table as text. */
async function databaseDump(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname LIKE 'polarline%'`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`SELECT t::text AS text FROM ${name} AS t`);
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
}

async function textOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const texts = entries
    .filter((entry) => entry.isFile())
    .map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1'));
  return (await Promise.all(texts)).join('\n');
}
