import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../test/support/input-folder.js';
import { writeRejectedCsv } from './rejected-file.js';

describe('writeRejectedCsv', () => {
  it('writes one quoted row a file in path order, with formulas defused', async () => {
    const path = join(await temporaryFolder(), 'rejected.csv');
    await writeRejectedCsv(path, [
      { relativePath: 'OK/b.jpg', stage: 'image', code: 'corrupt', reason: 'says "no",\nreally' },
      { relativePath: 'OK/a.jpg', stage: 'name', code: 'badLight', reason: '=1+1' },
    ]);
    expect(parse(await readFile(path))).toEqual([
      ['file', 'stage', 'code', 'reason'],
      ['OK/a.jpg', 'name', 'badLight', "'=1+1"],
      ['OK/b.jpg', 'image', 'corrupt', 'says "no",\nreally'],
    ]);
  });
});
