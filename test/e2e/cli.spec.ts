import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TaskDetailDto, TaskPageDto } from '../../src/modules/tasks/index.js';
import { sha256File } from '../../src/common/index.js';
import { digestOfFolder, jsonLines, type CliResult } from '../support/cli.js';
import { CANARIES, createCliPlace, TINY_TRAINING, type CliPlace } from '../support/cli-place.js';

describe('a job on the command line', () => {
  let place: CliPlace;
  let inputDigest: string;

  beforeAll(async () => {
    place = await createCliPlace({ imagesPerClass: 8, maxClasses: 3, ngShare: 0.25 });
    inputDigest = await digestOfFolder(place.line.inputDir);
  });
  afterAll(() => place?.release());

  function where(outputDir: string, input = place.line.inputDir): string[] {
    return ['--input-dir', input, '--output-dir', outputDir, '--site', 'HPH', '--line-id', 'V31'];
  }
  const run = (outputDir: string, more: readonly string[] = []): Promise<CliResult> =>
    place.cli(['run', ...where(outputDir), '--json', ...TINY_TRAINING, ...more]);
  const answered = (): string[] => ['--orientations', place.line.orientationsPath];

  async function onlyRun(outputDir: string): Promise<string> {
    const names = await readdir(outputDir);
    expect(names).toHaveLength(1);
    return join(outputDir, names[0]!);
  }

  function lastOf({ stdout }: CliResult): Record<string, unknown> {
    return jsonLines(stdout).at(-1) ?? {};
  }

  it('checks the input without leaving anything behind', async () => {
    const { code, stdout } = await place.cli([
      'check-input',
      ...where('').filter((text, i, all) => text !== '--output-dir' && all[i - 1] !== '--output-dir'),
      '--json',
    ]);
    expect(code).toBe(0);
    const found = JSON.parse(stdout) as Record<string, unknown>;
    const { okImages, ngImages, trouble } = place.line;
    expect(found).toMatchObject({ files: okImages + ngImages + trouble.length, matched: okImages + ngImages });
    expect((found.classes as { class: string }[]).map((row) => row.class).sort()).toEqual(
      Object.keys(place.line.orientations).sort(),
    );
    const rejected = (found.rejected as { count: number }[]).reduce((sum, { count }) => sum + count, 0);
    expect(rejected).toBe(trouble.length);
  });

  it('makes the same model twice from the same seed, in separate folders, and leaves the input as it was', async () => {
    const outputs = [place.folder('first'), place.folder('second')];
    for (const outputDir of outputs) {
      const result = await run(outputDir, [...answered(), '--seed', '3']);
      expect({ code: result.code, stderr: result.stderr }).toMatchObject({ code: 0 });
      expect(lastOf(result)).toMatchObject({ type: 'result', task: { status: 'completed' } });
      expect(result.stdout + result.stderr).not.toMatch(CANARIES);
    }
    const [first, second] = [await onlyRun(outputs[0]!), await onlyRun(outputs[1]!)];
    expect(basename(first)).not.toBe(basename(second));
    for (const file of ['model/best_model.onnx', 'dataset/manifest.jsonl', 'results/evaluation_results.csv'])
      expect([file, await sha256File(join(first, file))]).toEqual([file, await sha256File(join(second, file))]);
    for (const column of ['train_loss', 'val_loss', 'val_map_at_r'])
      expect(await metricsOf(first, column)).toEqual(await metricsOf(second, column));
    expect(await digestOfFolder(place.line.inputDir)).toBe(inputDigest);
  });

  it('embeds a folder with a run, as JSON lines and as NumPy', async () => {
    const model = await onlyRun(place.folder('first'));
    const output = place.folder('ng.jsonl');
    const input = join(place.line.inputDir, 'NG');
    const result = await place.cli(['embed', '-m', model, '-i', input, '-o', output, '--json']);
    expect(JSON.parse(result.stdout)).toMatchObject({
      images: place.line.ngImages,
      embedding_size: 16,
      unreadable: [],
    });
    const rows = jsonLines(await readFile(output, 'utf8')) as { path: string; embedding: number[] }[];
    expect(rows).toHaveLength(place.line.ngImages);
    for (const { embedding } of rows) expect(Math.hypot(...embedding)).toBeCloseTo(1, 4);

    const whole = await place.cli(['embed', '-m', model, '-i', place.line.inputDir, '-o', place.folder('all.npz')]);
    expect(whole.code).toBe(0);
    expect(whole.stderr).toMatch(/4 images could not be read and were left out/);
    expect((await stat(place.folder('all.npz'))).size).toBeGreaterThan(1000);
  });

  it('refuses wrong answers at the gate, keeps the task there, and goes on with right ones', async () => {
    await writeFile(place.folder('wrong.json'), JSON.stringify({ ...place.line.orientations, NO_SUCH_CLASS: 'Up' }));
    const outputDir = place.folder('gate');
    const refused = await run(outputDir, ['--orientations', place.folder('wrong.json')]);
    expect({ code: refused.code, error: lastOf(refused) }).toMatchObject({ code: 2, error: { type: 'error' } });
    expect(refused.stderr).toMatch(/NO_SUCH_CLASS/);
    const [, id] = /polarline confirm ([0-9a-f]{8}) answers\.json --resume/.exec(refused.stderr) ?? [];
    expect(await statusOf(id!)).toMatchObject({ status: 'pending_orientation', steps: { length: 4 } });

    const confirmed = await place.cli(['confirm', id!, place.line.orientationsPath, '--json']);
    expect(confirmed.code).toBe(0);
    const again = await place.cli(['confirm', id!, place.line.orientationsPath, '--json']);
    expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: 2 });
    expect(again.stderr).toMatch(/confirmed by cli:/);

    const resumed = await place.cli(['resume', id!, '--json']);
    expect(resumed.code).toBe(0);
    expect(lastOf(resumed)).toMatchObject({ type: 'result', task: { status: 'completed' } });
  });

  it('waits at the gate, shows page and samples, and leaves the task there on Ctrl-C', async () => {
    const outputDir = place.folder('waits');
    let asked = false;
    const interrupted = await place.cli(['run', ...where(outputDir), ...TINY_TRAINING], {
      onOutput: (text) => {
        if (asked || !text.includes('Waiting. Ctrl-C leaves')) return null;
        asked = true;
        return 'SIGINT';
      },
    });
    expect(interrupted.code).toBe(process.platform === 'win32' ? null : 130);
    expect(interrupted.stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/orientation\/[0-9a-f-]{36}/);
    for (const folder of Object.keys(place.line.orientations)) expect(interrupted.stdout).toContain(`  ${folder}\n`);
    const [sample] = /\S+raw_data\S+\.(jpe?g|png|bmp)/i.exec(interrupted.stdout) ?? [];
    expect((await stat(sample!)).isFile()).toBe(true);
    if (process.platform === 'win32') return;
    const [, id] = /polarline resume ([0-9a-f]{8})/.exec(interrupted.stderr) ?? [];
    expect(await statusOf(id!)).toMatchObject({ status: 'pending_orientation' });
    const listed = await place.cli(['list', '--status', 'pending_orientation', '--json']);
    expect((JSON.parse(listed.stdout) as TaskPageDto).tasks.map((task) => task.task_id.slice(0, 8))).toContain(id);
    expect((await place.cli(['cancel', id!])).stdout).toMatch(/is cancelled/);
    expect(await statusOf(id!)).toMatchObject({ status: 'cancelled' });
  });

  it('refuses a batch that cannot hold two classes, and trains nothing', async () => {
    const outputDir = place.folder('batch');
    const result = await run(outputDir, [...answered(), '--set', 'training.batchSize=3']);
    expect({ code: result.code, error: lastOf(result).error }).toMatchObject({
      code: 2,
      error: { code: 'BATCH_SIZE_UNSUITABLE' },
    });
    expect(await filesIn(await onlyRun(outputDir), 'model')).toEqual([]);
  });

  it('says that one image of one class is too little', async () => {
    const input = place.folder('one');
    await mkdir(join(input, 'OK'), { recursive: true });
    const example = place.line.exampleImage;
    await writeFile(join(input, 'OK', basename(example)), await readFile(example));
    const row = place.line.rows.find(({ image_name: name }) => name === basename(example))!;
    const folder = [row.product_name, row.comp_name, basename(example).split(/[_.]/).at(-2)].join('_');
    await writeFile(place.folder('one.json'), JSON.stringify({ [folder]: 'Up' }));
    const result = await place.cli([
      'run',
      ...where(place.folder('one-runs'), input),
      '--json',
      ...TINY_TRAINING,
      '--orientations',
      place.folder('one.json'),
    ]);
    expect({ code: result.code, stderr: result.stderr }).toMatchObject({ code: 2 });
    expect(await filesIn(await onlyRun(place.folder('one-runs')), 'model')).toEqual([]);
  });

  const withSmallDisk = mayMount() ? it : it.skip;
  withSmallDisk('fails cleanly when the disk fills up on the way, and goes on (needs root, to mount one)', async () => {
    const disk = place.folder('small-disk');
    await mkdir(disk);
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'polarline-test', disk]);
    try {
      const full = await run(disk, answered());
      expect({ code: full.code, error: lastOf(full).error }).toMatchObject({ code: 2, error: { code: 'DISK_FULL' } });
      for (const runFolder of await readdir(disk)) {
        expect(await filesIn(join(disk, runFolder), 'dataset')).toEqual([]);
        expect(await filesIn(join(disk, runFolder), 'model')).toEqual([]);
      }
      spawnSync('mount', ['-o', 'remount,size=100m', disk]);
      const { taskId } = (lastOf(full).error as { details: { taskId: string } }).details;
      const resumed = await place.cli(['resume', taskId, '--json', ...answered()]);
      expect({ code: resumed.code, last: lastOf(resumed) }).toMatchObject({ code: 0, last: { type: 'result' } });
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  it('knows tasks by the first characters of their id and says when there is none', async () => {
    expect((await place.cli(['status', 'zz'])).code).toBe(2);
    const unknown = await place.cli(['status', '00000000', '--json']);
    expect({ code: unknown.code, error: lastOf(unknown) }).toMatchObject({
      code: 2,
      error: { error: { code: 'TASK_UNKNOWN' } },
    });
  });

  async function statusOf(id: string): Promise<TaskDetailDto> {
    const { code, stdout } = await place.cli(['status', id, '--json']);
    expect(code).toBe(0);
    return JSON.parse(stdout) as TaskDetailDto;
  }
});

/** A column of model/metrics.csv. */
async function metricsOf(runFolder: string, column: string): Promise<string[]> {
  const [header, ...rows] = (await readFile(join(runFolder, 'model', 'metrics.csv'), 'utf8')).trim().split('\n');
  const at = header!.split(',').indexOf(column);
  expect(at).toBeGreaterThanOrEqual(0);
  return rows.map((row) => row.split(',')[at]!);
}

async function filesIn(runFolder: string, name: string): Promise<string[]> {
  return readdir(join(runFolder, name), { recursive: true }).catch(() => []);
}

/** Containers often forbid it, even to root. */
function mayMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'polarline-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'polarline-test', probe]).status === 0;
  if (mounted) spawnSync('umount', [probe]);
  rmdirSync(probe);
  return mounted;
}
