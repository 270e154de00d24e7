import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inspectImage } from '../src/dataset/index.js';
import {
  openRotationPool,
  type RotationEncoding,
  type RotationJob,
  type RotationPool,
} from '../src/orientation/index.js';
import { alternate, milliseconds, printReport, type Series } from './support/report.js';

const QUALITY = 96;
const BATCH = 8;
const ANGLES = [90, 180, 270] as const;
/** Compiled benchmarks lie in dist-bench/bench; the peer's script and the shared data do not. */
const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

interface Source {
  readonly path: string;
  readonly sha256: string;
  readonly pixelCount: number;
}

/**
 * Turns the same JPEG files three ways and writes them, as the data set step does (threads, digest check) and
 * as OpenCV does from Python; same quality, same chroma subsampling. Turn by turn, so that both meet the same machine.
 * Options: --input FOLDER (of JPEG files; default: the shared real sets), --count N, --repetitions N, --python PATH.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      input: { type: 'string', multiple: true },
      count: { type: 'string', default: '250' },
      repetitions: { type: 'string', default: '9' },
      python: { type: 'string', default: '/usr/bin/python3' },
    },
  });
  const shared = ['ci2n', 'screws'].map((set) => resolve(projectRoot, '..', 'shared', 'data', 'dev', set, 'OK'));
  const folders = values.input ?? shared.filter((folder) => existsSync(folder));
  if (folders.length === 0)
    throw new Error('bench rotate: expected --input FOLDER with JPEG files, as ../shared is absent');
  const peer = await OpenCv.start(values.python);
  try {
    for (const folder of folders) await benchFolder(folder, Number(values.count), Number(values.repetitions), peer);
  } finally {
    peer?.stop();
  }
}

async function benchFolder(folder: string, count: number, repetitions: number, peer: OpenCv | null): Promise<void> {
  const sources = await readSources(folder, count);
  const pool = openRotationPool(Number.MAX_SAFE_INTEGER);
  const out = await mkdtemp(join(tmpdir(), 'polarline-rotate-'));
  const ours = (chromaSubsampling: RotationEncoding['chromaSubsampling']) => async (): Promise<number> =>
    (await milliseconds(() => rotateAll(pool, sources, out, { jpegQuality: QUALITY, chromaSubsampling }))) /
    sources.length;
  const contenders = new Map<string, () => Promise<number>>([['Polarline, 4:2:0 as OpenCV', ours('4:2:0')]]);
  if (peer !== null) {
    const theirs = (readEach: boolean) => async (): Promise<number> =>
      (await peer.rotate(sources, out, readEach)) / sources.length;
    contenders.set('OpenCV, one imread for three turns', theirs(false));
    contenders.set('OpenCV, imread for every turn', theirs(true));
  }
  contenders.set('Polarline, 4:4:4 as shipped', ours('4:4:4'));
  try {
    await alternate(contenders, 2);
    const series: Series[] = await alternate(contenders, repetitions);
    printReport({
      bench: 'rotate',
      case: `${sources.length} JPEG files of ${folder}, three turns each, quality ${QUALITY}, ${pool.width / 2} threads`,
      unit: 'ms per original',
      series,
      baseline: peer === null ? 'no peer' : 'OpenCV, one imread for three turns',
      goal: 'ratio at most 1',
    });
  } finally {
    await pool.close();
    await rm(out, { recursive: true, force: true });
  }
}

async function readSources(folder: string, count: number): Promise<Source[]> {
  const names = (await readdir(folder)).filter((name) => /^\.jpe?g$/i.test(extname(name))).sort();
  // Evenly over the folder, so that every component is there in its share.
  const step = Math.max(1, names.length / count);
  const chosen = Array.from({ length: Math.min(count, names.length) }, (_, i) => names[Math.floor(i * step)]!);
  const sources: Source[] = [];
  for (const name of chosen) {
    const path = join(folder, name);
    const inspected = await inspectImage(path);
    if (!inspected.ok) throw new Error(`${path}: ${inspected.reason}`);
    const { sha256, widthPx, heightPx } = inspected.content;
    sources.push({ path, sha256, pixelCount: widthPx * heightPx });
  }
  return sources;
}

async function rotateAll(
  pool: RotationPool,
  sources: readonly Source[],
  out: string,
  encoding: RotationEncoding,
): Promise<void> {
  const jobs = sources.map(({ path, sha256, pixelCount }): RotationJob => {
    const stem = basename(path, extname(path));
    const targets = ANGLES.map((angleCwDeg) => ({ angleCwDeg, path: join(out, `${stem}-r${angleCwDeg}.jpg`) }));
    return { sourcePath: path, sha256, pixelCount, targets, measureAtPx: null, encoding };
  });
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < jobs.length) await pool.run(jobs.slice(next, (next += BATCH)));
  };
  await Promise.all(Array.from({ length: pool.width }, lane));
}

/** One Python process that answers pass after pass: its start is not counted. */
class OpenCv {
  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: AsyncIterator<string>,
    private readonly reader: Interface,
  ) {}

  /** Null, with a line that says why, where Python has no OpenCV. */
  static async start(python: string): Promise<OpenCv | null> {
    const script = join(projectRoot, 'bench', 'support', 'rotate_opencv.py');
    const child = spawn(python, [script]);
    const failed = new Promise<null>((resolveNull) => child.on('error', () => resolveNull(null)));
    const reader = createInterface({ input: child.stdout });
    const lines = reader[Symbol.asyncIterator]();
    const hello = await Promise.race([lines.next(), failed]);
    if (hello === null || hello.done === true) {
      console.error(`bench rotate: no peer, ${python} has no OpenCV (Debian: apt install python3-opencv)`);
      return null;
    }
    console.error(`bench rotate: peer is OpenCV ${hello.value}`);
    return new OpenCv(child, lines, reader);
  }

  /** Milliseconds of one pass over the files, as the peer measured them. */
  async rotate(sources: readonly Source[], out: string, readEach: boolean): Promise<number> {
    const files = sources.map(({ path }) => path);
    this.child.stdin.write(`${JSON.stringify({ files, out, quality: QUALITY, readEach })}\n`);
    const answer = await this.lines.next();
    if (answer.done === true) throw new Error('bench rotate: the peer ended');
    return (JSON.parse(answer.value) as { ms: number }).ms;
  }

  stop(): void {
    this.child.stdin.end();
    this.reader.close();
  }
}
