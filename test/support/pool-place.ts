import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { stringify } from 'yaml';
import { startImageServer, type Fault, type LineImageServer } from '../../src/demo/image-server.js';
import { startForwardingServer, type ForwardingServer } from '../../src/infra/ssh/index.js';
import { startService, type RunningService, type ServiceOptions } from '../../src/main.js';
import { createTestFactory, factoryRow } from './factory.js';
import { createServicePlace, type ServicePlace } from './service-harness.js';

/** What all downloads of these tests ask for; the line has `images` of them. */
export const REQUEST = {
  site: 'HPH',
  line_id: 'V31',
  start_date: '2025-03-03',
  end_date: '2025-03-04',
  part_number: 'PN-1',
};

/** A line with a database and an image server behind SSH, and a Polarline that knows it. */
export interface PoolPlace extends ServicePlace {
  readonly images: LineImageServer;
  readonly ssh: ForwardingServer;
  /** File names of the line's good images, oldest first; one more is broken and one is missing on the server. */
  readonly files: readonly string[];
  readonly broken: string;
  readonly absent: string;
  /** Set to make the image server fail; null again to make it well. */
  fault: ((request: number) => Fault | undefined) | null;
  start(options?: ServiceOptions): Promise<RunningService>;
}

export async function createPoolPlace(count: number, extra: readonly string[] = []): Promise<PoolPlace> {
  const place = await createServicePlace(['metadata.attempts=2', 'metadata.queryTimeoutSeconds=5', ...extra]);
  const folder = join(place.root, 'line');
  await mkdir(folder);
  const files: string[] = [];
  for (let i = 0; i < count; i++) {
    const file = nameOf(3, i);
    await drawPart(join(folder, file), i);
    files.push(file);
  }
  // At the last second of the last day, which is meant to be included.
  const [broken, absent] = ['20250304235959_B900@IC1_1_R.png', '20250304120000_B901@IC1_1_R.png'];
  await writeFile(join(folder, broken), 'no image');
  const others = ['20250302235959_B902@IC1_1_R.png', '20250305000000_B903@IC1_1_R.png'];
  const rows = [...files, broken, absent, ...others].map((fileName) => factoryRow({ fileName, product: 'P1' }));
  // Inspected twice: one image all the same.
  rows.push(factoryRow({ fileName: files[0]!, product: 'P1' }));
  const factory = await createTestFactory(rows);
  const password = 'canary-ssh-password';
  const ssh = await startForwardingServer({ users: [{ name: 'aoi', password }] });
  const self: { fault: PoolPlace['fault'] } = { fault: null };
  const images = await startImageServer({ folder, fault: (request) => self.fault?.(request) });
  const { source: _, ...database } = factory.site;
  const tunnel = { host: ssh.host, port: ssh.port, user: 'aoi', password, hostKeyFingerprint: ssh.fingerprints[0] };
  const site = { ...database, imageServer: images.url, timeZone: 'Asia/Taipei', ssh: tunnel };
  const configs = join(place.root, 'configs');
  await mkdir(configs);
  const sites = {
    HPH: site,
    JQ: { ...site, ssh: undefined },
    BLIND: { ...site, imageServer: undefined },
    WRONG: { ...site, imageServers: { V31: `http://127.0.0.1:${images.port}/elsewhere` } },
    DOWN: { ...site, imageServer: 'http://127.0.0.1:9/images' },
    EXPORT: { source: 'csv', path: 'none.csv' },
  };
  await writeFile(join(configs, 'database_configs.yaml'), stringify({ sites }, { keepUndefined: false }));
  await writeFile(join(configs, 'train_configs.yaml'), '{}\n');
  await writeFile(join(configs, 'configs.yaml'), '{}\n');
  const before = process.env.POLARLINE_CONFIG;
  process.env.POLARLINE_CONFIG = configs;
  return Object.assign(self, {
    ...place,
    images,
    ssh,
    files,
    broken,
    absent,
    start: (options: ServiceOptions = {}) =>
      startService({ overrides: place.overrides, worker: 'inProcess', ...options }),
    release: async () => {
      if (before === undefined) delete process.env.POLARLINE_CONFIG;
      else process.env.POLARLINE_CONFIG = before;
      await ssh.close();
      await images.close();
      await factory.release();
      await place.release();
    },
  });
}

function nameOf(day: number, i: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `202503${two(day)}${two(8 + Math.floor(i / 3600))}${two(Math.floor(i / 60) % 60)}${two(i % 60)}_B${i}@IC1_1_R.png`;
}

/** A part with a bright end; every third one lies the other way round. */
async function drawPart(path: string, i: number): Promise<void> {
  const side = 48;
  const up = i % 3 !== 0;
  const pixels = Buffer.alloc(side * side * 3, 60 + ((i * 7) % 60));
  const band = side * 12 * 3;
  pixels.fill(220, up ? 0 : pixels.length - band, up ? band : pixels.length);
  await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toFile(path);
}
