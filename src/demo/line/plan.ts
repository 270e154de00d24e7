import { Random } from '../../common/index.js';
import { amrRow, type AmrRawDataRow } from './amr-raw-data.js';
import type { LineClass, LineProduct, Placement } from './catalogue.js';
import type { FileFormat } from './encode.js';
import { PARTS } from './parts/index.js';
import { possibleDefects, type Defect, type Shot } from './picture.js';

/** How much of everything the line makes. */
export interface LinePlanOptions {
  readonly seed: number;
  readonly site: string;
  readonly lineId: string;
  /** Good images of one class. */
  readonly imagesPerClass: number;
  /** Defective images a class, as a share of the good ones; at least one each unless 0. */
  readonly ngShare: number;
}

/** One image file of the line, before its pixels exist. */
export interface PlannedImage {
  /** Relative to the line's folder, with forward slashes, e.g. `OK/rework/2025…_R.jpg`. */
  readonly path: string;
  readonly format: FileFormat;
  readonly shot: Shot;
  readonly lineClass: LineClass;
  readonly row: AmrRawDataRow;
}

/** Just before midnight, so that the boards fall on two days. */
const FIRST_BOARD_MS = Date.UTC(2025, 2, 14, 23, 41, 7);
const SECONDS_A_BOARD = 33;
const BOARDS_A_LOT = 10;

/** Decides every image: which board, when, good or what is wrong with it, and its row in the factory's table. */
export function planImages(classes: readonly LineClass[], options: LinePlanOptions): PlannedImage[] {
  const products = [...new Set(classes.map(({ placement }) => placement.product))];
  const random = new Random(`${options.seed}/rows`);
  const ngImages = options.ngShare === 0 ? 0 : Math.max(1, Math.round(options.imagesPerClass * options.ngShare));
  return classes.flatMap((lineClass) => {
    const total = options.imagesPerClass + ngImages;
    const images = Array.from({ length: total }, (_, number): PlannedImage[] => {
      const defect = defectOf(lineClass.placement, number, total, ngImages);
      const image = planImage(lineClass, number, defect, products, options, random);
      // Now and then the barcode is not read and the same board is looked at again.
      const again = defect === null && number % 40 === 17 ? [lookAgain(image, number, options, random)] : [];
      return [image, ...again];
    });
    return images.flat();
  });
}

function planImage(
  lineClass: LineClass,
  number: number,
  defect: Defect | null,
  products: readonly LineProduct[],
  options: LinePlanOptions,
  random: Random,
): PlannedImage {
  const { placement, light } = lineClass;
  const board = Math.floor(number / placement.instances);
  const index = String((number % placement.instances) + 1).padStart(3, '0');
  const boardSerial = `${placement.product.name}2511${String(board).padStart(4, '0')}_T`;
  const capturedMs = boardTimeMs(products.indexOf(placement.product), products.length, board);
  const format = formatOf(number);
  const fileName = `${timestampOf(capturedMs)}_${boardSerial}@${placement.component}_${index}_${light}.${extensionOf(format, number)}`;
  const folder = defect === null ? (number % 20 === 3 ? 'OK/rework' : 'OK') : 'NG';
  const placementSeed = `${options.seed}/${boardSerial}/${placement.component}/${index}`;
  return {
    path: `${folder}/${fileName}`,
    format,
    lineClass,
    shot: { placement, light, defect, placementSeed, shotSeed: `${placementSeed}/${light}` },
    row: amrRow({ ...options, fileName, placement, boardSerial, defect }, random),
  };
}

function lookAgain(first: PlannedImage, number: number, options: LinePlanOptions, random: Random): PlannedImage {
  const { placement, light } = first.lineClass;
  const boardSerial = `NOREAD${String(number).padStart(4, '0')}`;
  const name = String(first.row.image_name);
  const seconds = Number(name.slice(12, 14));
  const timestamp = name.slice(0, 12) + String((seconds + 7) % 60).padStart(2, '0');
  const fileName = `${timestamp}_${boardSerial}@${placement.component}_001_${light}.jpg`;
  return {
    ...first,
    path: `OK/${fileName}`,
    format: 'jpeg',
    shot: { ...first.shot, shotSeed: `${first.shot.shotSeed}/again` },
    row: amrRow({ ...options, fileName, placement, boardSerial, defect: null }, random),
  };
}

/** Spreads the defective ones over the run and goes through all kinds that can happen to the part. */
function defectOf(placement: Placement, number: number, total: number, ngImages: number): Defect | null {
  if (ngImages === 0) return null;
  const before = Math.floor((number * ngImages) / total);
  const after = Math.floor(((number + 1) * ngImages) / total);
  if (before === after) return null;
  const kinds = possibleDefects(PARTS[placement.part]);
  return kinds[before % kinds.length]!;
}

/** Lots of ten boards of each product in turn. */
function boardTimeMs(product: number, products: number, board: number): number {
  const lot = Math.floor(board / BOARDS_A_LOT);
  const place = (lot * products + product) * BOARDS_A_LOT + (board % BOARDS_A_LOT);
  return FIRST_BOARD_MS + place * SECONDS_A_BOARD * 1000;
}

function timestampOf(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\D/g, '').slice(0, 14);
}

function formatOf(number: number): FileFormat {
  if (number % 29 === 11) return 'png';
  return number % 31 === 7 ? 'bmp' : 'jpeg';
}

function extensionOf(format: FileFormat, number: number): string {
  if (format !== 'jpeg') return format;
  if (number % 23 === 5) return 'JPG';
  return number % 37 === 9 ? 'jpeg' : 'jpg';
}
