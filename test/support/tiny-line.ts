import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import sharp from 'sharp';
import { Random } from '../../src/common/index.js';

export interface TinyLineOptions {
  readonly components?: readonly string[];
  readonly boards?: number;
  readonly ng?: number;
  readonly seed?: number;
  /** What the metadata says of the mounting angle of a component; nothing when left out. */
  readonly angleDegOf?: (component: string, board: number) => number | null;
}

export interface TinyLine {
  readonly inputDir: string;
  /** Rows of amr_raw_data for every good file. */
  readonly metadataCsv: string;
  /** Folder names of the classes, sorted. */
  readonly classes: readonly string[];
  /** The right answers by class. */
  readonly answers: Readonly<Record<string, string>>;
}

const SIZE_PX = 40;
/** Bodies differ by so many shades; further components look like earlier ones. */
const SHADES = 4;

/**
 * An input folder as a line leaves it, tiny: parts with a bright band at their upper end, some NG pictures
 * without it, one broken file, one name that does not parse, one image that the metadata does not know.
 */
export async function createTinyLine(root: string, options: TinyLineOptions = {}): Promise<TinyLine> {
  const { components = ['IC1', 'D7'], boards = 6, ng = 3, seed = 1, angleDegOf } = options;
  const inputDir = join(root, 'input');
  const random = new Random(seed);
  const rows: Record<string, string>[] = [];
  await mkdir(join(inputDir, 'OK', 'sub'), { recursive: true });
  await mkdir(join(inputDir, 'NG'), { recursive: true });
  const add = async (folder: string, board: number, component: string, ok: boolean): Promise<void> => {
    const timestamp = `202503031${String(Math.floor(board / 60)).padStart(1, '0')}${String(board % 60).padStart(2, '0')}00`;
    const fileName = `${timestamp}_B${board}@${component}_1_R.png`;
    await drawPart(join(inputDir, folder, fileName), components.indexOf(component) % SHADES, ok, random);
    const angle = String(angleDegOf?.(component, board) ?? '');
    rows.push({ ...metadataRow(timestamp, fileName, `B${board}`, component), angle });
  };
  for (let board = 0; board < boards; board++)
    for (const component of components) await add(board === 0 ? 'OK/sub' : 'OK', board, component, true);
  for (let i = 0; i < ng; i++) await add('NG', 50 + i, components[i % components.length]!, false);
  const [first] = rows;
  await writeFile(join(inputDir, 'OK', 'holiday.jpg'), 'not a name of ours');
  await writeFile(join(inputDir, 'OK', '20250303120000_B90@IC1_1_R.png'), 'not an image');
  await drawPart(join(inputDir, 'OK', '20250303120000_B91@IC1_1_R.png'), 0, true, random);
  const metadataCsv = join(root, 'amr_raw_data.csv');
  await writeFile(metadataCsv, stringify(rows, { header: true, columns: Object.keys(first!) }));
  const classes = components.map((component) => `P1_${component}_R`).sort();
  return { inputDir, metadataCsv, classes, answers: Object.fromEntries(classes.map((name) => [name, 'Up'])) };
}

function metadataRow(timestamp: string, fileName: string, board: string, component: string): Record<string, string> {
  const day = `${timestamp.slice(0, 4)}-${timestamp.slice(4, 6)}-${timestamp.slice(6, 8)}`;
  const time = `${timestamp.slice(8, 10)}:${timestamp.slice(10, 12)}:${timestamp.slice(12, 14)}`;
  return {
    product_name: 'P1',
    site: 'HPH',
    line_id: 'V31',
    create_time: `${day} ${time}`,
    board_sn: board,
    image_path: `${day}/${timestamp}/${fileName}`,
    image_name: fileName,
    part_number: 'PN-1',
    comp_name: component,
  };
}

async function drawPart(path: string, kind: number, good: boolean, random: Random): Promise<void> {
  const pixels = Buffer.alloc(SIZE_PX * SIZE_PX * 3);
  const [body, band] = [random.uniform(50, 100) + 25 * kind, random.uniform(180, 240)];
  const edge = Math.round(SIZE_PX * random.uniform(0.2, 0.3));
  for (let y = 0; y < SIZE_PX; y++)
    for (let x = 0; x < SIZE_PX; x++) {
      const shade = (good && y < edge ? band : body) + random.normal() * 12;
      pixels.fill(Math.max(0, Math.min(255, Math.round(shade))), (y * SIZE_PX + x) * 3, (y * SIZE_PX + x) * 3 + 3);
    }
  await sharp(pixels, { raw: { width: SIZE_PX, height: SIZE_PX, channels: 3 } })
    .png()
    .toFile(path);
}
