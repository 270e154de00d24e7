import { createHash } from 'node:crypto';

/** What an inspection class is: one component of one product under one light. */
export interface ClassKey {
  readonly product: string;
  readonly component: string;
  readonly light: string;
}

/** Longest folder name in bytes: leaves room for suffixes below the 255 of common file systems. */
const MAX_NAME_BYTES = 120;
const RESERVED_ON_WINDOWS = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** One string a class key, injective: for maps and sets. */
export function classKeyId(key: ClassKey): string {
  return JSON.stringify([key.product, key.component, key.light]);
}

/**
 * `<product>_<component>_<light>`, made safe as one folder name on Linux and Windows. When anything had
 * to be changed, a digest of the key is added, so that two keys never become one by being cleaned.
 * Two clean keys can still read the same (`a_b`+`c` and `a`+`b_c`): a set of classes is named by `nameClasses`.
 */
export function classFolderName(key: ClassKey): string {
  const plain = [key.product, key.component, key.light].join('_');
  const safe = safeFileName(plain);
  return safe === plain ? plain : withDigest(safe, key);
}

/** The folder names of one set of classes; a name stands for exactly one class, also on Windows. */
export interface ClassNaming {
  /** All folder names, sorted. */
  readonly folders: readonly string[];
  /** Throws a RangeError for a class that is not in the set. */
  folderOf(key: ClassKey): string;
  keyOf(folder: string): ClassKey | undefined;
}

/** Names every class of a set. Independent of the order; classes that would share a name each get a digest. */
export function nameClasses(keys: Iterable<ClassKey>): ClassNaming {
  const byId = new Map<string, ClassKey>();
  for (const key of keys) byId.set(classKeyId(key), key);
  const claims = new Map<string, number>();
  for (const key of byId.values()) {
    const claim = foldCase(classFolderName(key));
    claims.set(claim, (claims.get(claim) ?? 0) + 1);
  }
  const folderById = new Map<string, string>();
  const keyByFolder = new Map<string, ClassKey>();
  for (const [id, key] of byId) {
    const name = classFolderName(key);
    const folder = claims.get(foldCase(name)) === 1 ? name : withDigest(name, key);
    folderById.set(id, folder);
    keyByFolder.set(folder, key);
  }
  return {
    folders: [...keyByFolder.keys()].sort(),
    folderOf: (key) => {
      const folder = folderById.get(classKeyId(key));
      if (folder === undefined) throw new RangeError(`class ${classKeyId(key)} is not in this set`);
      return folder;
    },
    keyOf: (folder) => keyByFolder.get(folder),
  };
}

/** One path segment that every file system takes: no separators, `..`, control or reserved characters. */
export function safeFileName(text: string): string {
  const replaced = text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}<>:"/\\|?*]/gu, '-')
    .replace(/\.{2,}/g, '-')
    .replace(/^[\s.]+|[\s.]+$/gu, '');
  const short = truncateUtf8(replaced, MAX_NAME_BYTES).replace(/[\s.]+$/u, '');
  if (short === '') return '-';
  return RESERVED_ON_WINDOWS.test(short) ? `-${short}` : short;
}

/** How a case-insensitive file system sees a name. */
export function foldCase(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function withDigest(name: string, key: ClassKey): string {
  return `${name}~${createHash('sha256').update(classKeyId(key)).digest('hex').slice(0, 8)}`;
}

function truncateUtf8(text: string, maxBytes: number): string {
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept;
}
