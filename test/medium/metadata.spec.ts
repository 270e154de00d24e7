import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { parseImageName } from '../../src/dataset/index.js';
import { amrCsv } from '../../src/demo/line/amr-raw-data.js';
import { loadAppConfig, type PostgresSiteConfig, type SiteConfig } from '../../src/infra/config/index.js';
import { startForwardingServer, type ForwardingServer } from '../../src/infra/ssh/index.js';
import { openMetadataSource, type MetadataSource } from '../../src/modules/metadata/index.js';
import { eventually } from '../support/eventually.js';
import { createTestFactory, factoryRow, imageToFind, type TestFactory } from '../support/factory.js';
import { describeWithShared, sharedPath } from '../support/shared-data.js';

const settings = { ...loadAppConfig().metadata, batchSize: 7, parallelBatches: 3, connectTimeoutSeconds: 5 };
const place = { site: 'HPH', lineId: 'V31' };
const name = (i: number, day = '20250303'): string =>
  `${day}${String(80_000 + i)
    .padStart(6, '0')
    .slice(
      0,
      2,
    )}${String(Math.floor(i / 60) % 60).padStart(2, '0')}${String(i % 60).padStart(2, '0')}_B${i}@C_1_top.jpg`;

const many = Array.from({ length: 400 }, (_, i) => name(i, `202503${String(1 + (i % 9)).padStart(2, '0')}`));
const rows = [
  ...many.map((fileName, i) => factoryRow({ fileName, product: `P${i % 5}`, angleDeg: (i % 4) * 90 })),
  factoryRow({ fileName: name(1000), product: 'TWICE', angleDeg: 180 }),
  factoryRow({ fileName: name(1000), product: 'TWICE ', angleDeg: 0 }),
  factoryRow({ fileName: name(1001), product: 'B-TWO' }),
  factoryRow({ fileName: name(1001), product: 'A-ONE' }),
  factoryRow({ fileName: name(1002), product: null }),
  factoryRow({ fileName: name(1003), product: 'X', lineId: 'V99' }),
  factoryRow({ fileName: name(1004), product: 'X', site: 'JQ' }),
  factoryRow({ fileName: name(1005), product: 'X', createTime: '2025-03-04 00:00:00' }),
  factoryRow({ fileName: name(1006), product: 'LAST', createTime: '2025-03-03 23:59:59.999' }),
  factoryRow({ fileName: name(1007), product: 'FIRST', createTime: '2025-03-03 00:00:00' }),
  factoryRow({ fileName: `20250303080000_it's, "odd"@C_1_top.jpg`, product: `O'Neil, "x"` }),
];

let factory: TestFactory;
let gate: ForwardingServer;
let folder: string;
const sources: MetadataSource[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'polarline-metadata-'));
  factory = await createTestFactory(rows);
  gate = await startForwardingServer({
    users: [{ name: 'polarline', password: 'canary-ssh-password' }],
    latencyMs: { request: 1, response: 1 },
  });
});
afterEach(async () => {
  for (const source of sources.splice(0)) await source.close();
});
afterAll(async () => {
  await gate.close();
  await factory.release();
  rmSync(folder, { recursive: true, force: true });
});

const throughSsh = (more: Partial<PostgresSiteConfig> = {}): PostgresSiteConfig => ({
  ...factory.site,
  ssh: {
    host: gate.host,
    port: gate.port,
    user: 'polarline',
    password: 'canary-ssh-password',
    hostKeyFingerprint: gate.fingerprints[0],
    keepAliveSeconds: 5,
    connectTimeoutSeconds: 5,
  },
  ...more,
});

function csv(text: string): SiteConfig {
  const path = join(folder, `rows-${sources.length}-${text.length}.csv`);
  writeFileSync(path, text);
  return { source: 'csv', path };
}

async function open(site: SiteConfig, more: Partial<typeof settings> = {}): Promise<MetadataSource> {
  const source = await openMetadataSource(site, { ...settings, ...more });
  sources.push(source);
  return source;
}

async function failureOf(action: Promise<unknown>): Promise<{ code: string; exitCode: number; message: string }> {
  try {
    await action;
  } catch (error) {
    expect((error as Error).message).not.toContain('canary');
    return error as { code: string; exitCode: number; message: string };
  }
  throw new Error('expected a failure, got success');
}

describe.each<[string, () => SiteConfig]>([
  ['a factory database', () => factory.site],
  ['a factory database behind SSH', () => throughSsh()],
  ['a CSV export', () => csv(amrCsv(rows))],
  [
    'a CSV export with semicolons, a byte order mark and Windows line ends',
    () => csv(`\uFEFF${toExcel(amrCsv(rows))}`),
  ],
])('products from %s', (_name, site) => {
  it('are found for every image, whatever the batches', async () => {
    const source = await open(site());
    const answers = await source.findProducts(many.map(imageToFind).reverse(), place);
    const expected = many.map((fileName, i) => [
      fileName,
      { kind: 'found', product: `P${i % 5}`, partNumber: 'PN-1', angleDeg: (i % 4) * 90 },
    ]);
    expect([...answers].sort()).toEqual(expected.sort());
  });

  it('agree when several rows name one product, and are unclear when they name two or none', async () => {
    const source = await open(site());
    const answers = await source.findProducts(
      [1000, 1001, 1002].map((i) => imageToFind(name(i))),
      place,
    );
    expect(answers.get(name(1000))).toMatchObject({ kind: 'found', product: 'TWICE' });
    expect(answers.get(name(1001))).toEqual({
      kind: 'unclear',
      code: 'ambiguousMetadata',
      reason: 'metadata rows name 2 products for this image: A-ONE, B-TWO',
    });
    expect(answers.get(name(1002))).toMatchObject({ kind: 'unclear', code: 'noProductName' });
  });

  it('belong to the site, the line and the day of the capture, from its first moment to its last', async () => {
    const source = await open(site());
    const wanted = [1003, 1004, 1005, 1006, 1007, 4000].map((i) => imageToFind(name(i)));
    const answers = await source.findProducts(wanted, place);
    expect([...answers.keys()].sort()).toEqual([name(1006), name(1007)]);
    const elsewhere = await source.findProducts(wanted, { site: 'HPH', lineId: 'V99' });
    expect([...elsewhere.keys()]).toEqual([name(1003)]);
  });

  it('are found for names with quotes and commas', async () => {
    const source = await open(site());
    const image = imageToFind(`20250303080000_it's, "odd"@C_1_top.jpg`);
    expect((await source.findProducts([image], place)).get(image.fileName)).toMatchObject({ product: `O'Neil, "x"` });
  });

  it('are not looked for once the caller has stopped', async () => {
    const source = await open(site());
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(source.findProducts(many.map(imageToFind), { ...place, signal })).rejects.toThrow('stopped');
  });
});

/** The same table as Excel writes it in many countries. */
function toExcel(text: string): string {
  return text
    .replaceAll(/("(?:[^"]|"")*")|,/g, (whole, quoted: string | undefined) => quoted ?? (whole && ';'))
    .replaceAll('\n', '\r\n');
}

describe('a factory database behind SSH', () => {
  it('is asked in batches, not once an image', async () => {
    const before = await factory.transactions();
    const source = await open(throughSsh(), { batchSize: 100 });
    await source.findProducts(many.map(imageToFind), place);
    await source.close();
    // Four batches, one check, and what each connection does to begin.
    expect((await factory.transactions()) - before).toBeLessThan(20);
  });

  it('goes on where it was when the line breaks in the middle', async () => {
    const source = await open(throughSsh(), { batchSize: 5, parallelBatches: 2 });
    const finding = source.findProducts(many.map(imageToFind), place);
    for (let cut = 1; cut <= 3; cut++) {
      const { logins } = gate;
      gate.dropConnections();
      await eventually(() => gate.logins > logins);
    }
    expect((await finding).size).toBe(many.length);
  });

  it('gives up after the configured attempts, saying who is away', async () => {
    const gone = await startForwardingServer({ users: [{ name: 'polarline', password: 'canary-ssh-password' }] });
    const site = throughSsh();
    const ssh = { ...site.ssh!, port: gone.port, hostKeyFingerprint: gone.fingerprints[0] };
    const source = await open({ ...site, ssh }, { attempts: 2 });
    await gone.close();
    const failure = await failureOf(source.findProducts(many.map(imageToFind), place));
    expect(failure).toMatchObject({ code: 'SSH_UNREACHABLE', exitCode: 1 });
  });

  it.each<[string, () => PostgresSiteConfig, string, number]>([
    ['a wrong database password', () => throughSsh({ password: 'canary-wrong' }), 'DATABASE_LOGIN_REFUSED', 2],
    ['a database that is not there', () => throughSsh({ database: 'absent' }), 'DATABASE_MISSING', 2],
    ['a table that is not there', () => throughSsh({ table: 'absent' }), 'TABLE_MISSING', 2],
    ['a schema that is not there', () => throughSsh({ schema: 'absent' }), 'TABLE_MISSING', 2],
    ['a table with other columns', () => throughSsh({ schema: 'pg_catalog', table: 'pg_class' }), 'COLUMN_MISSING', 2],
    ['a database port where nothing listens', () => throughSsh({ port: 1 }), 'SSH_FORWARD_FAILED', 1],
    [
      'no SSH and a database port where nothing listens',
      () => ({ ...factory.site, port: 1 }),
      'DATABASE_UNREACHABLE',
      1,
    ],
    [
      'a wrong SSH host key',
      () => ({ ...throughSsh(), ssh: { ...throughSsh().ssh!, hostKeyFingerprint: `SHA256:${'A'.repeat(43)}` } }),
      'SSH_HOST_KEY_MISMATCH',
      2,
    ],
    [
      'a wrong SSH password',
      () => ({ ...throughSsh(), ssh: { ...throughSsh().ssh!, password: 'canary-wrong' } }),
      'SSH_LOGIN_REFUSED',
      2,
    ],
    [
      'a known_hosts file that is not there',
      () => ({ ...throughSsh(), ssh: { ...throughSsh().ssh!, hostKeyFingerprint: undefined, knownHosts: '/no/such' } }),
      'KNOWN_HOSTS_UNREADABLE',
      2,
    ],
  ])('is refused at the start with %s', async (_name, site, code, exitCode) => {
    expect(await failureOf(open(site()))).toMatchObject({ code, exitCode });
  });
});

describe('a CSV export', () => {
  it.each([
    ['without the columns', 'a,b\n1,2\n', 'METADATA_CSV_COLUMNS', /:1: expected a header with the columns image_path/],
    ['that is empty', '', 'METADATA_CSV_COLUMNS', /expected a header/],
    [
      'with a quote that is never closed',
      'image_path,product_name,site,line_id,create_time\n"x,1,2,3,4\n',
      'METADATA_CSV_INVALID',
      /expected CSV/,
    ],
  ])('%s is refused with its place', async (_name, text, code, message) => {
    const failure = await failureOf(open(csv(text)));
    expect(failure).toMatchObject({ code, exitCode: 2 });
    expect(failure.message).toMatch(message);
  });

  it('that is not there is bad input', async () => {
    expect(await failureOf(open({ source: 'csv', path: join(folder, 'absent.csv') }))).toMatchObject({
      code: 'METADATA_CSV_UNREADABLE',
      exitCode: 2,
    });
  });

  it('yields rows from anywhere in a file of many chunks', async () => {
    const names = Array.from({ length: 20_000 }, (_, i) =>
      name(i % 3600, `2024${String(1 + (i % 12)).padStart(2, '0')}15`).replace('_B', `_N${i}B`),
    );
    const lines = names.map((fileName, i) => {
      const row = factoryRow({ fileName, product: `P${i}` });
      return [row.image_path, row.product_name, row.site, row.line_id, row.create_time].join(',');
    });
    const source = await open(csv(['image_path,product_name,site,line_id,create_time', ...lines].join('\n')));
    const wanted = [0, 1, 9_999, 19_998, 19_999];
    const answers = await source.findProducts(
      wanted.map((i) => imageToFind(names[i]!)),
      place,
    );
    expect(wanted.map((i) => answers.get(names[i]!))).toEqual(
      wanted.map((i) => ({ kind: 'found', product: `P${i}`, partNumber: null, angleDeg: null })),
    );
  });
});

describeWithShared('the rows of a real line', 'data/dev/ci2n', () => {
  it('name a product for every image that parses', async () => {
    const source = await open({ source: 'csv', path: sharedPath('data', 'dev', 'ci2n', 'amr_raw_data.csv') });
    const files = readdirSync(sharedPath('data', 'dev', 'ci2n', 'OK')).filter((file) => parseImageName(file).ok);
    const answers = await source.findProducts(files.map(imageToFind), place);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => answers.get(file)?.kind !== 'found')).toEqual([]);
  });
});
