import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version_core as tfjsVersion } from '@tensorflow/tfjs-core';
import { env } from 'onnxruntime-node';
import { writeFileAtomic } from '../../../common/index.js';

/** A lowered graph as the runtime takes it, with the shapes of what goes in and comes out. */
export interface CompiledModel {
  readonly bytes: Uint8Array;
  readonly inputs: readonly NamedShape[];
  readonly outputs: readonly NamedShape[];
}

interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

const MAGIC = Buffer.from('PLGRAPH1');
const DIGEST_BYTES = 32;
const LENGTH_BYTES = 4;
const SUFFIX = '.graph';

/** About 130 graphs of the largest model. */
export const GRAPH_CACHE_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Lowered graphs on disk, one file a graph, so that a later session of the same shape does not trace again.
 * A file counts only if its digest fits and it was written for the very same key; anything else is built anew
 * and replaced. The files used last are kept, up to a limit; a folder that cannot be written costs speed only.
 */
export class GraphCache {
  constructor(
    private readonly folder: string,
    /** All that shapes a graph besides the program itself: configuration, sizes, lowering rules. */
    private readonly key: unknown,
    private readonly limitBytes = GRAPH_CACHE_LIMIT_BYTES,
  ) {}

  /** The graph of this name from disk, or from `build`, which is then kept. */
  async get(graph: string, build: () => CompiledModel): Promise<CompiledModel> {
    const key = JSON.stringify({ graph, key: this.key, program: programIdentity() });
    const path = join(this.folder, `${createHash('sha256').update(key).digest('hex')}${SUFFIX}`);
    const known = await read(path, key);
    if (known !== undefined) return known;
    const model = build();
    await this.keep(path, encode(key, model));
    return model;
  }

  private async keep(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFileAtomic(path, bytes);
      await this.prune(path);
    } catch {
      // A full or read-only disk: training goes on, the next session traces again.
    }
  }

  /** Removes the files that were used longest ago, leftovers of interrupted writes among them. */
  private async prune(newest: string): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => name.includes(SUFFIX));
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.folder, name);
        const { size, mtimeMs } = await stat(path);
        return { path, size, mtimeMs };
      }),
    );
    let total = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (total <= this.limitBytes) return;
      if (path === newest) continue;
      await rm(path, { force: true });
      total -= size;
    }
  }
}

/** Magic, SHA-256 of all that follows, length of the header, header, ONNX. */
function encode(key: string, { bytes, inputs, outputs }: CompiledModel): Uint8Array {
  const header = Buffer.from(JSON.stringify({ key, inputs, outputs }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(header.length);
  const body = Buffer.concat([length, header, bytes]);
  return Buffer.concat([MAGIC, sha256(body), body]);
}

async function read(path: string, key: string): Promise<CompiledModel | undefined> {
  try {
    const model = decode(await readFile(path), key);
    // What was used last is kept longest.
    if (model !== undefined) await utimes(path, new Date(), new Date());
    return model;
  } catch {
    // Not there, not readable, or not what it claims to be: it is built anew.
    return undefined;
  }
}

function decode(file: Buffer, key: string): CompiledModel | undefined {
  const body = file.subarray(MAGIC.length + DIGEST_BYTES);
  const isWhole =
    file.subarray(0, MAGIC.length).equals(MAGIC) &&
    file.subarray(MAGIC.length, MAGIC.length + DIGEST_BYTES).equals(sha256(body));
  if (!isWhole) return undefined;
  const headerEnd = LENGTH_BYTES + body.readUInt32LE(0);
  const header = JSON.parse(body.toString('utf8', LENGTH_BYTES, headerEnd)) as {
    key: string;
    inputs: NamedShape[];
    outputs: NamedShape[];
  };
  if (header.key !== key) return undefined;
  return { bytes: Uint8Array.from(body.subarray(headerEnd)), inputs: header.inputs, outputs: header.outputs };
}

function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/** Folders whose code decides what a graph looks like. */
const PROGRAM_FOLDERS = ['engines', 'kernels', 'losses', 'models'];

let identity: string | undefined;

/** Versions of the libraries and a digest of the code that builds graphs: another program's files never fit. */
function programIdentity(): string {
  if (identity !== undefined) return identity;
  const hash = createHash('sha256').update(JSON.stringify([tfjsVersion, env.versions, process.arch]));
  const training = fileURLToPath(new URL('../../', import.meta.url));
  for (const folder of PROGRAM_FOLDERS)
    for (const name of readdirSync(join(training, folder), { recursive: true, encoding: 'utf8' }).sort())
      if (/(?<!\.spec|\.d)\.[jt]s$/.test(name)) hash.update(name).update(readFileSync(join(training, folder, name)));
  return (identity = hash.digest('hex'));
}
