import { AppError, badInput, errorMessage } from '../../common/index.js';
import type { TrainConfig } from '../config.js';
import type { StepResult } from '../engines/engine.js';

/** Where a step stands, for people who must find out what went wrong. */
export interface StepPlace {
  /** From 1. */
  readonly epoch: number;
  /** From 1. */
  readonly step: number;
  readonly files: readonly string[];
}

/**
 * Stops a training whose numbers are no longer numbers.
 * @throws AppError `TRAINING_DIVERGED` with the step, the batch's files and the last finite values.
 */
export function requireFinite(
  result: StepResult,
  last: StepResult | null,
  place: StepPlace,
  config: TrainConfig,
): void {
  if (Object.values(result.losses).every(Number.isFinite) && Number.isFinite(result.gradientNorm)) return;
  const { losses, gradientNorm } = result;
  const values = { ...losses, gradientNorm };
  const broken = Object.entries(values).filter(([, value]) => !Number.isFinite(value));
  throw badInput(
    'TRAINING_DIVERGED',
    `epoch ${place.epoch}, step ${place.step}: expected finite losses, got ${broken.map(([name, value]) => `${name} ${value}`).join(', ')}` +
      `${last === null ? '' : ` (the step before: loss ${last.losses.total}, gradient norm ${last.gradientNorm})`}. ` +
      `Lower training.learningRate (now ${config.training.learningRate}), set training.gradientClipNorm (now ${config.training.gradientClipNorm ?? 'off'}), ` +
      `or look at the pictures of this batch: ${place.files.join(', ')}`,
    // Numbers that are none do not survive JSON.
    {
      ...place,
      values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])),
      lastFinite: last === null ? null : { ...last.losses, gradientNorm: last.gradientNorm },
    },
  );
}

const OUT_OF_MEMORY =
  /out of memory|bad[_ ]alloc|allocation (failed|failure)|failed to allocate|cannot allocate|not enough memory|exceeds? (the )?available memory/i;

const DISK_FULL_CODES = ['ENOSPC', 'EDQUOT'];

/** Turns failures for want of disk or memory into ones that say what to do; other errors stay as they are. */
export function explainShortage(error: unknown, config: TrainConfig, runFolder: string): unknown {
  if (DISK_FULL_CODES.includes((error as NodeJS.ErrnoException | null)?.code ?? ''))
    return new AppError(
      'unavailable',
      'DISK_FULL',
      `${runFolder}: the disk is full; the last whole checkpoint is kept. Free some space and resume the task.`,
      { runFolder },
      { cause: error },
    );
  return explainMemory(error, config);
}

function explainMemory(error: unknown, config: TrainConfig): unknown {
  if (!OUT_OF_MEMORY.test(errorMessage(error))) return error;
  const { batchSize } = config.training;
  const { imageSizePx, cacheMiB } = config.data;
  return new AppError(
    'badInput',
    'OUT_OF_MEMORY',
    `expected enough memory for a training step, got: ${errorMessage(error)}. ` +
      `Lower training.batchSize (now ${batchSize}), then data.imageSizePx (now ${imageSizePx}) or data.cacheMiB (now ${cacheMiB}), or take a smaller model.backbone (now ${config.model.backbone}).`,
    { batchSize, imageSizePx, cacheMiB, backbone: config.model.backbone },
    { cause: error },
  );
}
