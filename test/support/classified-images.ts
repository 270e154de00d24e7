import { createHash } from 'node:crypto';
import { Random } from '../../src/common/index.js';
import { metadataImagePath, parseImageName, type ClassifiedImage } from '../../src/dataset/index.js';

export interface ImageSketch {
  readonly board: string;
  readonly component?: string;
  readonly index?: string;
  readonly light?: string;
  readonly timestamp?: string;
  readonly product?: string;
  readonly ok?: boolean;
  readonly subFolder?: string;
  /** Images of one picture are copies with other bytes; by default each image is its own picture. */
  readonly pictureSeed?: number | string;
  /** Quarter turns of the picture, clockwise. */
  readonly turns?: number;
  /** Images of the same bytes; by default every image has its own. */
  readonly bytesSeed?: number | string;
}

const SIDE = 24;

/** A classified image as the inspection leaves it, without a file behind it. */
export function classifiedImage(sketch: ImageSketch): ClassifiedImage {
  const { board, component = 'C1', index = '1', light = 'R', timestamp = '20240101120000', ok = true } = sketch;
  const fileName = `${timestamp}_${board}@${component}_${index}_${light}.jpg`;
  const parsed = parseImageName(fileName);
  if (!parsed.ok) throw new Error(parsed.reason);
  const relativePath = [ok ? 'OK' : 'NG', sketch.subFolder, fileName].filter((part) => part !== undefined).join('/');
  const bytes = sketch.bytesSeed ?? `${relativePath} ${metadataImagePath(parsed.name, fileName)}`;
  return {
    absolutePath: `/input/${relativePath}`,
    relativePath,
    fileName,
    ok,
    name: parsed.name,
    classKey: { product: sketch.product ?? 'P', component, light },
    sha256: createHash('sha256').update(String(bytes)).digest('hex'),
    dHash: '0'.repeat(16),
    thumbnail: thumbnail(sketch.pictureSeed ?? relativePath, sketch.turns ?? 0),
    widthPx: 40,
    heightPx: 40,
    format: 'jpeg',
    sizeBytes: 1000,
  };
}

/** A random 6 × 6 block picture, turned, with a little noise of its own. */
function thumbnail(seed: number | string, turns: number): string {
  const random = new Random(seed);
  const blocks = Array.from({ length: 36 }, () => 20 + random.integer(216));
  const noise = new Random(`${seed} ${turns} noise`);
  const bytes = Buffer.alloc(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      let [sx, sy] = [x, y];
      for (let turn = 0; turn < turns % 4; turn++) [sx, sy] = [sy, SIDE - 1 - sx];
      bytes[y * SIDE + x] = blocks[Math.floor(sy / 4) * 6 + Math.floor(sx / 4)]! + noise.integer(5) - 2;
    }
  }
  return bytes.toString('base64');
}
