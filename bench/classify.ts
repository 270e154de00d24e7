import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import pg from 'pg';

import { captureDay, metadataImagePath } from '../src/dataset/index.js';
import { createFactoryDatabase } from '../src/demo/factory-database.js';
import { loadAppConfig, type PostgresSiteConfig } from '../src/infra/config/index.js';
import { acquireEmbeddedPostgres, removeEmbeddedPostgres } from '../src/infra/database/index.js';
import { openTunnel, type Tunnel } from '../src/infra/ssh/index.js';
import { openMetadataSource, type ImageToFind } from '../src/modules/metadata/index.js';
import type { FarLineAddress, FarLineSpec } from './support/far-line.js';
import { median, milliseconds, printReport } from './support/report.js';

const OPTIONS = {
  images: { type: 'string', default: '10000' },
  /** Images of the one-query-an-image loop; its time is scaled to all images. */
  'loop-images': { type: 'string', default: '1000' },
  /** Rows of other lines and days in the same table. */
  'other-rows': { type: 'string', default: '200000' },
  'round-trip': { type: 'string', default: '5' },
  repetitions: { type: 'string', default: '3' },
} as const;

const PLACE = { site: 'HPH', lineId: 'V31' };
const FIRST_CAPTURE_MS = Date.UTC(2025, 2, 3, 6, 0, 0);
/** As the pipeline hands images over. */
const HANDED_OVER = 2000;
const MEMORY_FACTOR = 4;

/**
 * Finding the product of every image in a far database behind SSH: our batches against a loop that asks once
 * an image, through the same tunnel. The far line, SSH server included, runs in another process.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const count = Number(values.images);
  const folder = await mkdtemp(join(tmpdir(), 'polarline-bench-classify-'));
  const postgres = join(folder, 'postgres');
  const server = await acquireEmbeddedPostgres(postgres, { port: 0, durable: false });
  let line: ChildProcess | undefined;
  try {
    const database = await fillDatabase(server.url, count * MEMORY_FACTOR, Number(values['other-rows']));
    const half = Number(values['round-trip']) / 2;
    const latencyMs = { request: Math.floor(half), response: Math.ceil(half) };
    const spec: FarLineSpec = { user: 'polarline', password: 'bench', latencyMs };
    const far = await startFarLine(spec, (child) => (line = child));
    await compare(siteOf(database, spec, far), count, Number(values['loop-images']), Number(values.repetitions));
  } finally {
    line?.disconnect();
    await server.release();
    await removeEmbeddedPostgres(postgres);
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(site: PostgresSiteConfig, count: number, loopCount: number, repetitions: number): Promise<void> {
  const batches: number[] = [];
  const loops: number[] = [];
  const roundTrips: number[] = [];
  let small = 0;
  let large = 0;
  const tunnel = await openTunnel({ ...site.ssh!, keepAliveMs: 15_000 }, { host: site.host, port: site.port });
  const client = await connectThrough(tunnel, site);
  for (let i = 0; i < repetitions; i++) {
    small = await peakMemoryMiB(async () => void batches.push(await milliseconds(() => inBatches(site, count))));
    loops.push((await milliseconds(() => oneByOne(client, loopCount))) * (count / loopCount));
    roundTrips.push(await milliseconds(() => client.query('SELECT 1')));
  }
  large = await peakMemoryMiB(() => inBatches(site, count * MEMORY_FACTOR));
  await client.end();
  await tunnel.close();
  const scaled = loopCount === count ? 'measured in full' : `measured on ${loopCount} images and scaled`;
  printReport({
    bench: 'classify',
    case: `${count} images over an SSH tunnel, round trip ${median(roundTrips).toFixed(1)} ms as measured; the loop is ${scaled}`,
    unit: 'ms',
    baseline: 'one query an image',
    goal: 'under 30 s',
    series: [
      { name: 'one query an image', values: loops },
      {
        name: 'batches',
        values: batches,
        extra: {
          imagesPerSecond: Math.round(count / (median(batches) / 1000)),
          [`grew by MiB, ${count} images`]: small,
          [`grew by MiB, ${count * MEMORY_FACTOR} images`]: large,
        },
      },
    ],
  });
}

/** Opens the source anew each time, so that tunnel and logins count; images come as a stream. */
async function inBatches(site: PostgresSiteConfig, count: number): Promise<void> {
  const source = await openMetadataSource(site, loadAppConfig().metadata);
  let found = 0;
  for (let start = 0; start < count; start += HANDED_OVER) {
    const images = Array.from({ length: Math.min(HANDED_OVER, count - start) }, (_, i) => imageAt(start + i));
    const answers = await source.findProducts(images, PLACE);
    for (const answer of answers.values()) if (answer.kind === 'found') found++;
  }
  await source.close();
  if (found !== count) throw new Error(`expected a product for each of ${count} images, got ${found}`);
}

/** What is replaced: the same conditions, asked once for every image. */
async function oneByOne(client: pg.Client, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const image = imageAt(i);
    const day = captureDay(image.name);
    const { rows } = await client.query<{ product_name: string }>(
      `SELECT product_name FROM public.amr_raw_data
       WHERE site = $1 AND line_id = $2 AND create_time >= $3::date AND create_time < $3::date + 1 AND image_path = $4`,
      [PLACE.site, PLACE.lineId, day, metadataImagePath(image.name, image.fileName)],
    );
    if (rows.length !== 1) throw new Error(`expected one row for ${image.fileName}, got ${rows.length}`);
  }
}

/** One capture every 7 seconds: 10,000 images are most of a day. */
function imageAt(index: number): ImageToFind {
  const at = new Date(FIRST_CAPTURE_MS + index * 7000).toISOString();
  const timestamp = at.replace(/\D/g, '').slice(0, 14);
  return { fileName: `${timestamp}_SN${index}@U${index % 40}_1_top.jpg`, name: { timestamp } };
}

async function fillDatabase(
  adminUrl: string,
  images: number,
  otherRows: number,
): Promise<Awaited<ReturnType<typeof createFactoryDatabase>>> {
  const reader = { user: 'polarline_reader', password: 'bench' };
  const database = await createFactoryDatabase({ adminUrl, database: 'aoi', reader, rows: [], otherRows });
  const url = new URL(adminUrl);
  url.pathname = '/aoi';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  for (let start = 0; start < images; start += HANDED_OVER) {
    const batch = Array.from({ length: Math.min(HANDED_OVER, images - start) }, (_, i) => imageAt(start + i));
    await client.query(
      `INSERT INTO public.amr_raw_data (uuid, product_name, site, line_id, create_time, image_path, image_name)
       SELECT gen_random_uuid(), 'P' || (n % 5), $1, $2, to_timestamp(stamp, 'YYYYMMDDHH24MISS')::timestamp, path, name
       FROM unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS t(path, name, stamp, n)`,
      [
        PLACE.site,
        PLACE.lineId,
        batch.map((image) => metadataImagePath(image.name, image.fileName)),
        batch.map(({ fileName }) => fileName),
        batch.map(({ name }) => name.timestamp),
      ],
    );
  }
  await client.query('ANALYZE public.amr_raw_data');
  await client.end();
  return database;
}

function siteOf(
  { host, port, database, user, password }: Awaited<ReturnType<typeof createFactoryDatabase>>,
  { user: sshUser, password: sshPassword }: FarLineSpec,
  far: FarLineAddress,
): PostgresSiteConfig {
  return {
    ...{ source: 'postgres', host, port, database, user, password },
    ...{ schema: 'public', table: 'amr_raw_data', tls: 'off' },
    ssh: {
      ...{ host: far.host, port: far.port, user: sshUser, password: sshPassword },
      ...{ hostKeyFingerprint: far.fingerprint, keepAliveSeconds: 15, connectTimeoutSeconds: 15 },
    },
  };
}

async function startFarLine(spec: FarLineSpec, started: (child: ChildProcess) => void): Promise<FarLineAddress> {
  const child = fork(fileURLToPath(new URL('./support/far-line.js', import.meta.url)));
  started(child);
  child.send(spec);
  const [address] = (await once(child, 'message')) as [FarLineAddress];
  return address;
}

async function connectThrough(tunnel: Tunnel, { database, user, password }: PostgresSiteConfig): Promise<pg.Client> {
  const client = new pg.Client({ host: tunnel.host, port: tunnel.port, database, user, password });
  await client.connect();
  return client;
}

/** Growth of the resident set while `work` runs, at its highest. */
async function peakMemoryMiB(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 10);
  await work();
  clearInterval(sampler);
  return Math.round((peak - before) / 2 ** 20);
}
