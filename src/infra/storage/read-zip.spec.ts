import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EVIL_ZIPS, rawZip } from '../../../test/support/evil-zips.js';
import { AppError } from '../../common/index.js';
import { readZip, type ZipLimits } from './index.js';

const LIMITS: ZipLimits = { maxEntries: 200, maxEntryBytes: 8 << 20, maxTotalBytes: 64 << 20, maxRatio: 100 };

describe('reading a ZIP archive from outside', () => {
  let root: string;
  let archive: string;
  let target: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'polarline-zip-'));
    archive = join(root, 'archive.zip');
    target = join(root, 'target');
    mkdirSync(target);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const unpack = (zip: Buffer, limits = LIMITS): Promise<string[]> => {
    writeFileSync(archive, zip);
    return readZip(archive, limits, async (entries) => {
      for (const entry of entries) await entry.saveTo(join(target, entry.name.replaceAll('/', '_')));
      return entries.map(({ name }) => name);
    });
  };

  it('hands over plain files with their content, and leaves folders out', async () => {
    const zip = rawZip([
      { name: '2025-03-03/', content: Buffer.alloc(0), method: 0, mode: 0o040_755 },
      { name: '2025-03-03/a.jpg', content: Buffer.from('one'), mode: 0o100_644 },
      { name: 'ü b.jpg', content: Buffer.from('two'), method: 0 },
    ]);
    expect(await unpack(zip)).toEqual(['2025-03-03/a.jpg', 'ü b.jpg']);
    expect(readFileSync(join(target, '2025-03-03_a.jpg'), 'utf8')).toBe('one');
    expect(readFileSync(join(target, 'ü b.jpg'), 'utf8')).toBe('two');
  });

  it.each(Object.entries(EVIL_ZIPS))('refuses %s', async (_name, { zip, code }) => {
    const error = await unpack(zip()).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(/expected/) as unknown });
    if (code !== 'ZIP_DAMAGED') expect(readdirSync(target)).toEqual([]);
    expect(readdirSync(root).sort()).toEqual(['archive.zip', 'target']);
  });

  it('refuses what is too much in all', async () => {
    const zip = rawZip(
      Array.from({ length: 5 }, (_, i) => ({ name: `${i}.jpg`, content: Buffer.alloc(1000, `${i}`) })),
    );
    await expect(unpack(zip, { ...LIMITS, maxTotalBytes: 4999 })).rejects.toMatchObject({ code: 'ZIP_TOO_LARGE' });
    expect(await unpack(zip, { ...LIMITS, maxTotalBytes: 5000 })).toHaveLength(5);
  });

  it('never hands over a name that leaves the folder, whatever the archive says', async () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', 'a', 'C:', 'nul', '~', '\\', '\0', 'x.jpg'), fc.string());
    const names = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(fc.array(names, { minLength: 1, maxLength: 4 }), async (all) => {
        writeFileSync(archive, rawZip(all.map((name) => ({ name }))));
        const seen = await readZip(archive, LIMITS, async (entries) => entries.map(({ name }) => name)).catch(
          (error: unknown) => {
            expect(error).toBeInstanceOf(AppError);
            return [];
          },
        );
        for (const name of seen) expect(join(target, name).startsWith(join(target, 'x').slice(0, -1))).toBe(true);
        expect(new Set(seen.map((name) => name.toLowerCase())).size).toBe(seen.length);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses archives damaged anywhere, or hands over what was packed', async () => {
    const whole = rawZip([
      { name: 'a.jpg', content: Buffer.from('first content') },
      { name: 'b.jpg', content: Buffer.from('second content') },
    ]);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bent = Buffer.from(whole);
        bent[at]! ^= flip;
        writeFileSync(archive, bent);
        const outcome = await readZip(archive, LIMITS, async (entries) => {
          for (const [i, entry] of entries.entries()) await entry.saveTo(join(target, String(i)));
          return entries.map((_entry, i) => readFileSync(join(target, String(i)), 'utf8'));
        }).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(AppError);
        else for (const text of outcome as string[]) expect(['first content', 'second content']).toContain(text);
      }),
      { numRuns: 300 },
    );
  });
});
