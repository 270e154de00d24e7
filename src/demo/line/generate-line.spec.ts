import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Random } from '../../common/index.js';
import { inspectImage, ORIENTATIONS, parseImageName } from '../../dataset/index.js';
import { AMR_COLUMN_NAMES } from './amr-raw-data.js';
import { NoiseTable } from './camera.js';
import { planClasses } from './catalogue.js';
import { generateLine, type LineSummary } from './generate-line.js';
import { PART_KINDS, PARTS } from './parts/index.js';
import { DEFECTS, possibleDefects, takePicture, type Picture } from './picture.js';

describe('the simulated line', () => {
  let folder: string;
  let line: LineSummary;
  const small = { seed: 11, imagesPerClass: 5, ngShare: 0.4, maxClasses: 3 };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polarline-line-'));
    line = await generateLine({ ...small, outputDir: join(folder, 'first') });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('makes the same files byte for byte from the same seed, and others from another', async () => {
    await generateLine({ ...small, outputDir: join(folder, 'second') });
    const first = await contentsOf(join(folder, 'first'));
    expect(await contentsOf(join(folder, 'second'))).toEqual(first);
    await generateLine({ ...small, seed: 12, outputDir: join(folder, 'third') });
    const third = await contentsOf(join(folder, 'third'));
    const common = [...third].filter(([path, bytes]) => path.startsWith('OK') && first.get(path) === bytes);
    expect(common.filter(([path]) => !line.trouble.some((file) => file.path === path))).toEqual([]);
  });

  it('writes good and bad images with names that parse, each with a full row that finds it', async () => {
    const trouble = new Set(line.trouble.map(({ path }) => path));
    const rows = new Map(line.rows.map((row) => [row.image_name, row]));
    let [ok, ng] = [0, 0];
    for (const path of (await contentsOf(line.inputDir)).keys()) {
      if (!/^(OK|NG)\//.test(path) || trouble.has(path)) continue;
      if (path.startsWith('OK')) ok++;
      else ng++;
      const parsed = parseImageName(basename(path));
      expect(parsed).toMatchObject({ ok: true });
      const row = rows.get(basename(path))!;
      expect(Object.keys(row)).toEqual(AMR_COLUMN_NAMES);
      expect(AMR_COLUMN_NAMES).toHaveLength(32);
      expect(row).toMatchObject({ site: 'HPH', line_id: 'V31' });
      expect(row.image_path).toBe(
        `${String(row.create_time).slice(0, 10)}/${basename(path).slice(0, 14)}/${basename(path)}`,
      );
      expect(row.op_defect === null).toBe(path.startsWith('OK'));
      expect(await inspectImage(join(line.inputDir, ...path.split('/')))).toMatchObject({ ok: true });
    }
    expect([ok, ng]).toEqual([line.okImages, line.ngImages]);
    expect(line.ngImages).toBe(3 * 2);
  });

  it('writes trouble that is really trouble', async () => {
    expect(new Set(line.trouble.map(({ trouble }) => trouble)).size).toBe(6);
    for (const { path, trouble } of line.trouble) {
      const parsed = parseImageName(basename(path));
      expect(parsed.ok).toBe(trouble !== 'unparsableName');
      if (trouble === 'unparsableName') continue;
      const readable = (await inspectImage(join(line.inputDir, ...path.split('/')))).ok;
      expect({ path, readable }).toEqual({ path, readable: trouble === 'noMetadata' || trouble === 'otherLine' });
      const row = line.rows.find((candidate) => candidate.image_name === basename(path));
      expect(row === undefined).toBe(trouble === 'noMetadata');
      if (trouble === 'otherLine') expect(row!.line_id).not.toBe(line.lineId);
    }
    expect(new Set(line.rows.map(({ uuid }) => uuid)).size).toBe(line.rows.length);
  });

  it('mounts its components all four ways and tells the truth about it', () => {
    for (const seed of [1, 2, 3]) {
      const classes = planClasses(seed, Infinity);
      expect(new Set(classes.map(({ answer }) => answer))).toEqual(new Set([...ORIENTATIONS, 'skip']));
      for (const { answer, placement } of classes)
        expect(answer).toBe(PARTS[placement.part].polarized ? placement.mounted : 'skip');
    }
    expect(Object.keys(line.orientations)).toHaveLength(3);
  });
});

describe('a picture', () => {
  const noise = NoiseTable.create(new Random('noise'));
  const upright = (part: (typeof PART_KINDS)[number], defect: (typeof DEFECTS)[number] | null, mounted = 'Up') =>
    takePicture(
      {
        placement: { ...planClasses(1, 1)[0]!.placement, part, mounted: mounted as 'Up' },
        light: 'TOP',
        defect,
        placementSeed: 'board',
        shotSeed: 'shot',
      },
      'layout',
      noise,
    );

  it('changes visibly with every defect that can happen to the part', () => {
    for (const kind of PART_KINDS)
      for (const defect of possibleDefects(PARTS[kind])) {
        const difference = meanDifference(upright(kind, null), upright(kind, defect));
        expect({ kind, defect, visible: difference > 4 }).toEqual({ kind, defect, visible: true });
      }
  });

  it('shows a part mounted Right as the one mounted Up, a quarter turn clockwise', () => {
    for (const kind of PART_KINDS) {
      const turned = rotateClockwise(upright(kind, null, 'Up'));
      const right = upright(kind, null, 'Right');
      expect([right.widthPx, right.heightPx]).toEqual([turned.widthPx, turned.heightPx]);
      expect(meanDifference(right, turned)).toBeLessThan(14);
    }
  });
});

async function contentsOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = new Map<string, string>();
  for (const file of files.sort())
    contents.set(file.slice(folder.length + 1).replaceAll('\\', '/'), await readFile(file, 'latin1'));
  return contents;
}

function meanDifference(a: Picture, b: Picture): number {
  let sum = 0;
  for (let i = 0; i < a.rgba.length; i++) sum += Math.abs(a.rgba[i]! - b.rgba[i]!);
  return sum / (a.rgba.length * 0.75);
}

function rotateClockwise({ widthPx, heightPx, rgba }: Picture): Picture {
  const turned = new Uint8ClampedArray(rgba.length);
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++)
      for (let c = 0; c < 4; c++)
        turned[(x * heightPx + (heightPx - 1 - y)) * 4 + c] = rgba[(y * widthPx + x) * 4 + c]!;
  return { widthPx: heightPx, heightPx: widthPx, rgba: turned };
}
