import { AppError, writeFileAtomic, type RenameOptions, type StepLog } from '../../common/index.js';
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

/** An epoch waits 0.3 s at most for a file that somebody has open; the next one writes it anyway. */
const ATTEMPTS_AN_EPOCH = 3;

/**
 * `metrics.csv`, written whole after every epoch: one row an epoch; a figure that could not be taken is an empty cell.
 * While somebody has it open in a spreadsheet, Windows does not let it be replaced; that only warns.
 */
export class MetricsFile {
  private isBehind = false;

  constructor(
    private readonly path: string,
    private readonly log: StepLog,
    private readonly system?: RenameOptions['system'],
  ) {}

  async update(history: readonly EpochRecord[]): Promise<void> {
    await this.write(history, { attempts: ATTEMPTS_AN_EPOCH });
  }

  /** Writes what the last update could not; waits longer for it, as no other will follow. */
  async finish(history: readonly EpochRecord[]): Promise<void> {
    if (this.isBehind) await this.write(history, {});
  }

  private async write(history: readonly EpochRecord[], options: RenameOptions): Promise<void> {
    const rows = history.map((record) => COLUMNS.map(([, read]) => cellText(read(record))).join(','));
    const text = `${[COLUMNS.map(([name]) => name).join(','), ...rows].join('\n')}\n`;
    try {
      await writeFileAtomic(this.path, text, this.system ? { ...options, system: this.system } : options);
      this.isBehind = false;
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'FILE_IN_USE')) throw error;
      if (!this.isBehind) this.log.warn(`the training goes on without new rows in a file: ${error.message}`);
      this.isBehind = true;
    }
  }
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'number' ? String(Number(cell.toPrecision(7))) : cell;
}
