import { expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { silentContext } from '../../src/common/index.js';
import { linkRawData, loadManifest, RunFolder, verifyCertificate } from '../../src/dataset/index.js';
import { buildDataset, chooseSamples, validateAnswers } from '../../src/orientation/index.js';
import { loadDevSet } from '../support/dev-set.js';
import { temporaryFolder } from '../support/input-folder.js';
import { describeWithShared } from '../support/shared-data.js';

const CONFIG = {
  validationShare: 0.2,
  labels: 'orientation',
  ng: 'class',
  nearDuplicateBits: 8,
  imageSizePx: 64,
} as const;

describeWithShared('the data set step on real images', 'data/dev', () => {
  it.each([
    { name: 'ci2n', images: 1091, classes: 12, labels: ['Down', 'Left', 'NG', 'Right', 'Up'], skipped: 0 },
    { name: 'screws', images: 400, classes: 4, labels: ['Down', 'Left', 'NG', 'Right', 'Up'], skipped: 0 },
    { name: 'epboard', images: 108, classes: 39, labels: ['Down', 'Left', 'Right', 'Up'], skipped: 4 },
  ])('makes a clean data set of $name', async ({ name, images, classes, labels, skipped }) => {
    const set = await loadDevSet(name);
    expect(set.rejected).toEqual([]);
    expect(set.images).toHaveLength(images);

    const toConfirm = chooseSamples(set.images);
    expect(toConfirm).toHaveLength(classes);
    const folders = toConfirm.map(({ folder }) => folder);
    const answers = validateAnswers(folders, set.answers, { missing: 'skip' });

    const runFolder = new RunFolder(await temporaryFolder());
    await linkRawData(set.images, runFolder);
    const spec = { runFolder, inputDir: set.inputDir, images: set.images, answers, config: CONFIG, seed: 42 };
    const result = await buildDataset(spec, silentContext());
    expect(result.labels).toEqual(labels);
    expect(result.skippedClasses).toHaveLength(skipped);
    expect(result.certificate.crossSplitEdges).toBe(0);
    const { reached } = result.certificate.validationShare;
    expect(reached).toBeGreaterThan(0.15);
    expect(reached).toBeLessThan(0.22);

    // Not only what the certificate says: every file is decoded and compared again.
    expect(await verifyCertificate(runFolder, { recheckPixels: true })).toMatchObject({ clean: true, problems: [] });
    const rows = await loadManifest(runFolder.manifest);
    expect(rows).toHaveLength(4 * (images - result.skippedImages));
    const again = await buildDataset(spec, silentContext());
    expect(again.certificate).toEqual(result.certificate);
    await rm(runFolder.root, { recursive: true });
  });
});
