import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classFolderName, classKeyId, nameClasses, safeFileName, type ClassKey } from './class-key.js';

const nasty = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('..', '.', 'a/b', 'a\\b', 'CON', 'nul', 'x ', 'x.', 'a_b', 'a', 'A', '', 'é', 'e\u0301', 'C:'),
);
const classKey = fc.record({ product: nasty, component: nasty, light: nasty });

describe('classFolderName', () => {
  it('is product, component and light for ordinary names', () => {
    expect(classFolderName({ product: 'CI2N-A', component: 'AMP', light: 'top' })).toBe('CI2N-A_AMP_top');
  });

  it.each(['../../etc', 'a/b', 'a\\b', 'C:\\x', 'x\u0000y', 'CON.txt', ' . '])(
    'makes %j one harmless segment',
    (product) => {
      const name = classFolderName({ product, component: 'C', light: 'R' });
      expect(name).not.toMatch(/[/\\:\u0000]|\.\.|^[. ]|[. ]$/);
      expect(name).toMatch(/~[0-9a-f]{8}$/);
    },
  );

  it('never leaves a reserved, traversing or overlong name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const name = safeFileName(text);
        expect(name).not.toMatch(/[/\\:*?"<>|\p{Cc}]|\.\.|^\s|^\.|\s$|\.$|^$/u);
        expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(121);
      }),
    );
  });
});

describe('nameClasses', () => {
  it('tells apart classes that read the same', () => {
    const one: ClassKey = { product: 'a_b', component: 'c', light: 'R' };
    const two: ClassKey = { product: 'a', component: 'b_c', light: 'R' };
    const naming = nameClasses([one, two]);
    expect(naming.folderOf(one)).not.toBe(naming.folderOf(two));
    expect(naming.keyOf(naming.folderOf(one))).toEqual(one);
  });

  it('gives every class its own folder, also where case does not count, in whatever order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(classKey, { selector: classKeyId, maxLength: 20 }), (keys) => {
        const naming = nameClasses(keys);
        const folders = keys.map((key) => naming.folderOf(key));
        expect(new Set(folders.map((name) => name.normalize('NFC').toLowerCase())).size).toBe(keys.length);
        const reversed = nameClasses([...keys].reverse());
        expect(keys.map((key) => reversed.folderOf(key))).toEqual(folders);
        for (const key of keys) expect(naming.keyOf(naming.folderOf(key))).toEqual(key);
      }),
    );
  });
});
