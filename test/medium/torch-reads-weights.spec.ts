import { describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../../src/common/index.js';
import { writeModelFile } from '../../src/training/checkpoints/index.js';
import { buildHoam } from '../../src/training/models/index.js';
import { MINI_MODELS, miniSpec, parityJson, type MiniConfig } from '../support/parity.js';
import { hasShared, sharedPath } from '../support/shared-data.js';

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), '..', 'support', 'load_weights.py');
const TIMEOUT_MS = 120_000;

/** A Python with PyTorch: Debian's, or the one on the path. */
const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import torch, numpy'], { stdio: 'ignore' }).status === 0,
);
const absent =
  python === undefined
    ? 'no Python with PyTorch and NumPy'
    : hasShared('parity/manifest.json')
      ? null
      : '../shared/parity is absent';

(absent === null ? describe : describe.skip)(
  `our weight files in PyTorch${absent === null ? '' : ` (skipped: ${absent})`}`,
  () => {
    it.each(MINI_MODELS)(
      '%s: load into a module with the original names and shapes, strictly, value for value',
      async (name) => {
        const config = parityJson<MiniConfig>(`${name}.config.json`);
        const model = buildHoam(miniSpec(config, 'pooled'));
        const random = new Random(name);
        const filled = (specs: readonly { name: string; shape: readonly number[] }[]) =>
          new Map(
            specs.map((spec) => {
              const size = spec.shape.reduce((product, length) => product * length, 1);
              return [spec.name, { shape: spec.shape, data: random.fillNormal(new Float32Array(size), 1) }] as const;
            }),
          );
        const weights = {
          parameters: filled(model.parameters),
          buffers: filled(model.buffers),
        };
        const folder = await mkdtemp(join(tmpdir(), 'polarline-test-torch-'));
        try {
          const file = join(folder, 'model.safetensors');
          await writeModelFile(file, weights, {});
          const reference = join(sharedPath('parity'), `${name}.weights.safetensors`);
          const output = execFileSync(python!, [SCRIPT, reference, file], { encoding: 'utf8' });
          const loaded = JSON.parse(output) as Record<string, [shape: number[], digest: string]>;
          const ours = new Map(
            [...weights.parameters, ...weights.buffers].map(([key, tensor]) => [key.replace(/^model\./, ''), tensor]),
          );
          expect(Object.keys(loaded).sort()).toEqual([...ours.keys()].sort());
          for (const [key, { shape, data }] of ours) {
            const digest = createHash('sha256').update(littleEndian(data)).digest('hex');
            expect([key, ...loaded[key]!]).toEqual([key, [...shape], digest]);
          }
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      },
      TIMEOUT_MS,
    );
  },
);

function littleEndian(data: Float32Array): Buffer {
  const bytes = Buffer.alloc(data.byteLength);
  data.forEach((value, i) => bytes.writeFloatLE(value, 4 * i));
  return bytes;
}
