import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { Random } from '../../src/common/index.js';
import {
  NG_LABEL,
  nameClasses,
  ORIENTATIONS,
  ROTATIONS_CW_DEG,
  RunFolder,
  writeManifest,
  type ClassKey,
  type ManifestRow,
  type Orientation,
  type RotationCwDeg,
} from '../../src/dataset/index.js';
import type { Embedder } from '../../src/training/embedder.js';

/** A small run as the pipeline leaves it before evaluation, with an embedder that needs no training. */
export interface SyntheticRunOptions {
  readonly classKeys?: readonly ClassKey[];
  readonly trainPerClass?: number;
  readonly valPerClass?: number;
  readonly ngPerClass?: number;
  readonly ngMode?: 'class' | 'calibration';
  readonly seed?: number;
  /** Noise on every pixel, 0..1. */
  readonly noise?: number;
  /** Lets a test plant a defect; called for every source before it is drawn. */
  readonly plant?: (source: SyntheticSource) => SyntheticSource;
}

export interface SyntheticSource {
  readonly classKey: ClassKey;
  readonly index: number;
  readonly ok: boolean;
  readonly split: ManifestRow['split'];
  /** Which way the part is drawn. */
  readonly drawn: Orientation;
  /** Which way it is said to point. */
  readonly labelled: Orientation;
  /** Seed of its pixels: equal ones look equal. */
  readonly look: string;
  readonly groupId: string;
}

export const SYNTHETIC_CLASSES: readonly ClassKey[] = [
  { product: 'P1', component: 'IC1', light: 'R' },
  { product: 'P1', component: 'D7', light: 'R' },
  { product: 'P2', component: 'IC1', light: 'L' },
];

const SIZE_PX = 32;

export async function makeSyntheticRun(root: string, options: SyntheticRunOptions = {}): Promise<ManifestRow[]> {
  const sources = listSources(options).map(options.plant ?? ((source) => source));
  const naming = nameClasses(sources.map(({ classKey }) => classKey));
  const rows: ManifestRow[] = [];
  for (const source of sources) {
    const pixels = draw(source, options.noise ?? 0.15);
    const angles: readonly RotationCwDeg[] = source.ok ? ROTATIONS_CW_DEG : [0];
    for (const angle of angles) {
      const orientation = source.ok ? turned(source.labelled, angle) : null;
      const label = orientation ?? NG_LABEL;
      const side = source.split === 'val' ? 'val' : 'train';
      const name = `${naming.folderOf(source.classKey)}_${source.ok ? 'OK' : 'NG'}${source.index}_${angle}.png`;
      const path = `dataset/${side}/${label}/${name}`;
      const file = join(root, path);
      await mkdir(dirname(file), { recursive: true });
      await sharp(pixels, { raw: { width: SIZE_PX, height: SIZE_PX, channels: 1 } })
        .rotate(angle)
        .png()
        .toFile(file);
      rows.push({
        path,
        sourcePath: `${source.ok ? 'OK' : 'NG'}/${naming.folderOf(source.classKey)}_${source.index}.png`,
        sourceDigest: `${source.look} ${source.ok}`,
        classKey: source.classKey,
        orientation,
        rotationCwDeg: angle,
        split: source.split,
        label,
        ok: source.ok,
        groupId: source.groupId,
      });
    }
  }
  const folder = new RunFolder(root);
  await writeManifest(folder.manifest, rows);
  await mkdir(folder.model, { recursive: true });
  await writeFile(folder.bestOnnx, 'synthetic');
  return rows;
}

/** Grey 8×8 thumbnails without their mean, as unit vectors: turns with the picture, as a good model does. */
export function thumbnailEmbedder(): Embedder {
  const cells = 8;
  const embeddingSize = cells * cells;
  return {
    imageSizePx: SIZE_PX,
    embeddingSize,
    embed: async (images, count) => {
      const result = new Float32Array(count * embeddingSize);
      for (let n = 0; n < count; n++) {
        const own = result.subarray(n * embeddingSize, (n + 1) * embeddingSize);
        const plane = images.subarray(n * 3 * SIZE_PX ** 2, (n * 3 + 1) * SIZE_PX ** 2);
        plane.forEach((value, i) => {
          const [x, y] = [i % SIZE_PX, Math.floor(i / SIZE_PX)];
          own[Math.floor((y * cells) / SIZE_PX) * cells + Math.floor((x * cells) / SIZE_PX)]! += value;
        });
        const mean = own.reduce((sum, x) => sum + x, 0) / embeddingSize;
        const norm = Math.sqrt(own.reduce((sum, x) => sum + (x - mean) ** 2, 0)) || 1;
        own.forEach((x, i) => (own[i] = (x - mean) / norm));
      }
      return result;
    },
    dispose: async () => undefined,
  };
}

function listSources(options: SyntheticRunOptions): SyntheticSource[] {
  const { trainPerClass = 8, valPerClass = 4, ngPerClass = 4, ngMode = 'class', seed = 1 } = options;
  const sources: SyntheticSource[] = [];
  (options.classKeys ?? SYNTHETIC_CLASSES).forEach((classKey, c) => {
    const natural = ORIENTATIONS[c % 4]!;
    const add = (index: number, ok: boolean, split: ManifestRow['split']): void => {
      const id = `${classKey.product}/${classKey.component}/${classKey.light}/${ok}/${index}`;
      sources.push({
        classKey,
        index,
        ok,
        split,
        drawn: natural,
        labelled: natural,
        look: `${seed}/${id}`,
        groupId: id,
      });
    };
    for (let i = 0; i < trainPerClass; i++) add(i, true, 'train');
    for (let i = 0; i < valPerClass; i++) add(trainPerClass + i, true, 'val');
    const trainSide = ngMode === 'class' ? 'train' : 'calibration';
    for (let i = 0; i < ngPerClass; i++) add(i, false, i % 2 === 0 ? trainSide : 'val');
  });
  return sources;
}

/** A part with a bright bar at the end that it points to and a body that depends on its component. */
function draw(source: SyntheticSource, noise: number): Buffer {
  const body = new Random(`body ${source.classKey.component}`);
  const random = new Random(source.look);
  const grid = Array.from({ length: 16 }, () => 60 + 60 * body.next());
  const upright = (x: number, y: number): number => {
    if (!source.ok) return 20 + 25 * ((x >> 2) % 2);
    if (y < 6 && x > 5 && x < 27) return 235;
    return x > 3 && x < 28 && y > 2 && y < 29 ? grid[(y >> 3) * 4 + (x >> 3)]! : 20;
  };
  const turns = ORIENTATIONS.indexOf(source.drawn);
  return Buffer.from(
    Uint8Array.from({ length: SIZE_PX * SIZE_PX }, (_, i) => {
      let [x, y] = [i % SIZE_PX, Math.floor(i / SIZE_PX)];
      // Look up where this pixel was before the part was turned clockwise.
      for (let t = 0; t < turns; t++) [x, y] = [y, SIZE_PX - 1 - x];
      return Math.max(0, Math.min(255, upright(x, y) + 255 * noise * (random.next() - 0.5)));
    }),
  );
}

function turned(orientation: Orientation, angleCwDeg: number): Orientation {
  return ORIENTATIONS[(ORIENTATIONS.indexOf(orientation) + angleCwDeg / 90) % 4]!;
}
