import { describe, expect, it } from '@jest/globals';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { folderWith, temporaryFolder } from '../../test/support/input-folder.js';
import { scanInput, type ScanEntry } from './scan-input.js';

const A = '20240101120000_b1@C_1_R.jpg';

async function scan(inputDir: string, signal?: AbortSignal): Promise<ScanEntry[]> {
  const entries: ScanEntry[] = [];
  for await (const entry of scanInput(inputDir, signal === undefined ? {} : { signal })) entries.push(entry);
  return entries;
}
const describeEntry = (entry: ScanEntry): string =>
  entry.kind === 'image'
    ? `${entry.image.relativePath} ${entry.image.ok ? 'OK' : 'NG'}`
    : `${entry.rejected.relativePath} ${entry.rejected.code}`;

describe('scanInput', () => {
  it('walks OK and then NG at any depth and in any case, and names what does not parse', async () => {
    const root = await folderWith({
      [`ok/day2/${A}`]: 'x',
      [`ok/day1/${A}`]: 'x',
      'ok/notes.txt': 'x',
      [`Ng/${A}`]: 'x',
      'elsewhere/ignored.jpg': 'x',
    });
    expect((await scan(root)).map(describeEntry)).toEqual([
      `ok/day1/${A} OK`,
      `ok/day2/${A} OK`,
      'ok/notes.txt unsupportedExtension',
      `Ng/${A} NG`,
    ]);
  });

  it.each([
    ['a missing folder', async () => join(await temporaryFolder(), 'absent'), 'INPUT_FOLDER_MISSING'],
    ['a file', async () => join(await folderWith({ file: 'x' }), 'file'), 'INPUT_NOT_A_FOLDER'],
    ['a folder without OK', () => folderWith({ 'NG/x.jpg': 'x' }), 'INPUT_WITHOUT_OK'],
    ['an empty folder', () => temporaryFolder(), 'INPUT_WITHOUT_OK'],
    ['OK as a file', () => folderWith({ OK: 'x' }), 'INPUT_NOT_A_FOLDER'],
  ])('refuses %s', async (_name, make, code) => {
    await expect(scan(await make())).rejects.toMatchObject({ code, httpStatus: 400, exitCode: 2 });
  });

  it('says that it expected OK/', async () => {
    const root = await folderWith({ 'images/x.jpg': 'x' });
    await expect(scan(root)).rejects.toThrow(/expected `OK\/`.*got images/);
  });

  it('refuses an OK folder that holds no file', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'OK', 'day1'), { recursive: true });
    await expect(scan(root)).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
  });

  it('follows links inside the input once, and none that leads out', async () => {
    const outside = await folderWith({ 'secret.jpg': 'x' });
    const root = await folderWith({ [`OK/day1/${A}`]: 'x' });
    await symlink(join(root, 'OK'), join(root, 'OK', 'day1', 'loop'));
    await symlink(outside, join(root, 'OK', 'out'));
    await symlink(join(outside, 'secret.jpg'), join(root, 'OK', '20240101120000_b2@C_1_R.jpg'));
    expect((await scan(root)).map(describeEntry)).toEqual([
      'OK/20240101120000_b2@C_1_R.jpg linkOutside',
      `OK/day1/${A} OK`,
      'OK/out linkOutside',
    ]);
  });

  it('stops when aborted', async () => {
    const root = await folderWith({ [`OK/${A}`]: 'x' });
    await expect(scan(root, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});
