import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { removeTemporaryFiles } from './temporary-files.js';

describe('half-written files of a run whose worker was killed', () => {
  const takenOver = new Date(2026, 0, 1, 12);
  let run: string;

  beforeEach(() => {
    run = mkdtempSync(join(tmpdir(), 'polarline-run-'));
  });
  afterEach(() => rmSync(run, { recursive: true, force: true }));

  const write = (name: string, touched: Date): string => {
    const path = join(run, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'half');
    utimesSync(path, touched, touched);
    return path;
  };
  const before = new Date(takenOver.getTime() - 1);

  it.each([
    'model/checkpoints/last.safetensors.79099183.tmp',
    '.work/plan.json.0badf00d.tmp',
    'task.json.00000000.tmp',
  ])('removes %s', async (name) => {
    const path = write(name, before);
    await removeTemporaryFiles(run, takenOver);
    expect(existsSync(path)).toBe(false);
  });

  it.each(['model/checkpoints/last.safetensors', 'model/notes.tmp', 'model/best.onnx.79099183.tmp.txt'])(
    'leaves %s, which is not its own',
    async (name) => {
      const path = write(name, before);
      await removeTemporaryFiles(run, takenOver);
      expect(existsSync(path)).toBe(true);
    },
  );

  it('leaves one that somebody is writing now', async () => {
    const path = write('results/report.html.79099183.tmp', new Date(takenOver.getTime() + 1));
    await removeTemporaryFiles(run, takenOver);
    expect(existsSync(path)).toBe(true);
  });

  it('has nothing to do in a run that has not begun', async () => {
    await expect(removeTemporaryFiles(join(run, 'none'), takenOver)).resolves.toBeUndefined();
  });
});
