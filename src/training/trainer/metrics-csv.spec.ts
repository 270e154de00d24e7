import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../../test/support/input-folder.js';
import type { StepLog } from '../../common/index.js';
import { MetricsFile } from './metrics-csv.js';
import type { EpochRecord } from './records.js';

const record = (epoch: number): EpochRecord => ({
  epoch,
  losses: { total: 1 / epoch, arcface: 0.5, triplet: 0.25, center: 0.125 },
  gradientNorm: 1,
  learningRateBackbone: 0.001,
  learningRateHead: 0.01,
  marginRad: 0.3,
  frozenBackbone: false,
  validation: null,
  validatedWeights: null,
  imagesPerSecond: 10,
  seconds: 1,
  waitShare: 0,
});

describe('metrics.csv', () => {
  let path: string;
  let warnings: string[];
  let log: StepLog;
  let isOpenElsewhere: boolean;
  let renames: number;
  const system = {
    rename: async (from: string, to: string): Promise<void> => {
      renames++;
      if (isOpenElsewhere) throw Object.assign(new Error('EBUSY: resource busy or locked'), { code: 'EBUSY' });
      await rename(from, to);
    },
    sleep: (): Promise<void> => Promise.resolve(),
  };
  const rows = async (): Promise<number> => (await readFile(path, 'utf8')).trim().split('\n').length - 1;

  beforeEach(async () => {
    path = join(await temporaryFolder(), 'metrics.csv');
    warnings = [];
    log = { info: () => undefined, warn: (message) => void warnings.push(message) };
    isOpenElsewhere = false;
    renames = 0;
  });

  it('has a row an epoch, and only warns, once, while somebody has it open', async () => {
    const metrics = new MetricsFile(path, log, system);
    await metrics.update([record(1)]);
    isOpenElsewhere = true;
    await metrics.update([1, 2].map(record));
    await metrics.update([1, 2, 3].map(record));
    expect(warnings).toEqual([expect.stringContaining(path)]);
    expect(await rows()).toBe(1);
    isOpenElsewhere = false;
    await metrics.update([1, 2, 3, 4].map(record));
    expect(await rows()).toBe(4);
  });

  it('is waited for longer at the end, and written only if it lacks an epoch', async () => {
    const metrics = new MetricsFile(path, log, system);
    await metrics.update([record(1)]);
    await metrics.finish([record(1)]);
    expect(renames).toBe(1);
    isOpenElsewhere = true;
    await metrics.update([1, 2].map(record));
    const triedInTraining = renames - 1;
    await metrics.finish([1, 2].map(record));
    expect(renames - 1 - triedInTraining).toBeGreaterThan(triedInTraining);
    isOpenElsewhere = false;
    await metrics.finish([1, 2].map(record));
    expect(await rows()).toBe(2);
  });

  it('still ends a training whose disk is full', async () => {
    const full = { ...system, rename: () => Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })) };
    await expect(new MetricsFile(path, log, full).update([record(1)])).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(warnings).toEqual([]);
  });
});
