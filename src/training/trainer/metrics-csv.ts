import { writeFileAtomic } from '../../common/index.js';
import type { EpochRecord } from './records.js';

type Cell = string | number | null;

const COLUMNS: readonly (readonly [string, (record: EpochRecord) => Cell])[] = [
  ['epoch', (r) => r.epoch],
  ['train_loss', (r) => r.losses.total],
  ['train_arcface', (r) => r.losses.arcface],
  ['train_triplet', (r) => r.losses.triplet],
  ['train_center', (r) => r.losses.center],
  ['gradient_norm', (r) => r.gradientNorm],
  ['val_loss', (r) => r.validation?.loss ?? null],
  ['val_map_at_r', (r) => r.validation?.mapAtR ?? null],
  ['val_precision_at_1', (r) => r.validation?.precisionAt1 ?? null],
  ['val_map_at_r_originals', (r) => r.validation?.mapAtROriginals ?? null],
  ['val_precision_at_1_originals', (r) => r.validation?.precisionAt1Originals ?? null],
  ['val_map_at_r_rotated', (r) => r.validation?.mapAtRRotated ?? null],
  ['val_precision_at_1_rotated', (r) => r.validation?.precisionAt1Rotated ?? null],
  ['validated_weights', (r) => r.validatedWeights],
  ['learning_rate_backbone', (r) => r.learningRateBackbone],
  ['learning_rate_head', (r) => r.learningRateHead],
  ['margin_rad', (r) => r.marginRad],
  ['frozen_backbone', (r) => (r.frozenBackbone ? 1 : 0)],
  ['images_per_second', (r) => r.imagesPerSecond],
  ['seconds', (r) => r.seconds],
  ['wait_share', (r) => r.waitShare],
];

/** Writes one row an epoch; a figure that could not be taken is an empty cell. */
export async function writeMetricsCsv(path: string, history: readonly EpochRecord[]): Promise<void> {
  const rows = history.map((record) => COLUMNS.map(([, read]) => cellText(read(record))).join(','));
  await writeFileAtomic(path, `${[COLUMNS.map(([name]) => name).join(','), ...rows].join('\n')}\n`);
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'number' ? String(Number(cell.toPrecision(7))) : cell;
}
