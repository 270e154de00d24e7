import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { Random } from '../../src/common/index.js';

/** A fresh folder below the system's temporary folder. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'polarline-test-'));
}

/** A small picture that a seed decides: random blocks on a gradient, unlike that of any other seed, and not symmetric. */
export async function picture(seed: number | string, format: 'jpeg' | 'png' = 'jpeg', sizePx = 40): Promise<Buffer> {
  const random = new Random(seed);
  const cells = Array.from({ length: 64 }, () => [random.integer(256), random.integer(256), random.integer(256)]);
  const data = Buffer.alloc(sizePx * sizePx * 3);
  for (let y = 0, at = 0; y < sizePx; y++) {
    for (let x = 0; x < sizePx; x++, at += 3) {
      const cell = cells[Math.floor((y * 8) / sizePx) * 8 + Math.floor((x * 8) / sizePx)]!;
      for (let channel = 0; channel < 3; channel++) data[at + channel] = cell[channel]!;
    }
  }
  const image = sharp(data, { raw: { width: sizePx, height: sizePx, channels: 3 } });
  return format === 'jpeg' ? image.jpeg({ quality: 95 }).toBuffer() : image.png().toBuffer();
}

/** Writes files, given by relative path with forward slashes, into a fresh folder and returns it. */
export async function folderWith(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const root = await temporaryFolder();
  for (const [relativePath, content] of Object.entries(files)) {
    const path = join(root, ...relativePath.split('/'));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return root;
}
