import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { getFileNameLowLevel, openPromise, type Entry, type ZipFile } from 'yauzl';
import { AppError, badInput, errorMessage } from '../../common/index.js';
import { isPlainRelativePath } from './safe-path.js';

export interface ZipLimits {
  readonly maxEntries: number;
  /** Unpacked. */
  readonly maxEntryBytes: number;
  /** All entries, unpacked. */
  readonly maxTotalBytes: number;
  /** Unpacked bytes for each byte of the archive; pictures hardly shrink at all. */
  readonly maxRatio: number;
}

/** A file of an archive, checked; nothing of it is written until it is saved. */
export interface ZipEntry {
  /** Relative, with forward slashes, without `..`. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Writes the content to a path that the caller chose; checks size and checksum while it streams. */
  saveTo(path: string, signal?: AbortSignal): Promise<void>;
}

const ENCRYPTED = 0x41;
const STORED = 0;
const DEFLATED = 8;
const UNIX_TYPE = 0o170_000;
const UNIX_FILE = 0o100_000;
const UNIX_FOLDER = 0o040_000;
/** Below this an archive of empty files is no bomb, whatever its ratio. */
const HARMLESS_BYTES = 1 << 20;

/**
 * Reads an archive that came from outside. All of its entries are looked at before `use` sees any of them: one that
 * is not as it should be refuses the whole archive, with nothing written.
 * @throws AppError `ZIP_UNSAFE` (names that leave the folder, links, devices, doubles), `ZIP_TOO_LARGE` (entries,
 *   sizes, ratio), `ZIP_ENCRYPTED`, `ZIP_UNSUPPORTED` (bad input); `ZIP_DAMAGED` (unavailable: cut short or corrupt,
 *   another attempt may bring it whole)
 */
export async function readZip<T>(
  path: string,
  limits: ZipLimits,
  use: (entries: readonly ZipEntry[]) => Promise<T>,
): Promise<T> {
  const zip = await openPromise(path, {
    autoClose: false,
    lazyEntries: true,
    // Names are judged here, so that each fault has its own sentence.
    decodeStrings: false,
    validateEntrySizes: true,
  }).catch((error: unknown) => {
    throw damaged(error);
  });
  zip.on('error', () => undefined);
  try {
    const { size } = await stat(path);
    return await use(await checkedEntries(zip, size, limits));
  } finally {
    zip.close();
  }
}

async function checkedEntries(zip: ZipFile, archiveBytes: number, limits: ZipLimits): Promise<ZipEntry[]> {
  if (zip.entryCount > limits.maxEntries)
    throw tooLarge(`expected at most ${limits.maxEntries} files, got ${zip.entryCount}`);
  const found: ZipEntry[] = [];
  const names = new Set<string>();
  let totalBytes = 0;
  for (const entry of await allEntries(zip)) {
    const name = nameOf(entry);
    checkEntry(name, entry);
    const folded = name.replace(/\/$/, '').normalize('NFC').toLowerCase();
    if (names.has(folded)) throw unsafe(`expected each name once, got ${quoted(name)} twice`);
    names.add(folded);
    if (name.endsWith('/')) continue;
    const { uncompressedSize: sizeBytes } = entry;
    totalBytes += sizeBytes;
    if (sizeBytes > limits.maxEntryBytes)
      throw tooLarge(`expected at most ${limits.maxEntryBytes} bytes a file, got ${sizeBytes} for ${quoted(name)}`);
    if (totalBytes > limits.maxTotalBytes)
      throw tooLarge(`expected at most ${limits.maxTotalBytes} bytes in all, got more at ${quoted(name)}`);
    found.push({ name, sizeBytes, saveTo: (path, signal) => save(zip, entry, path, signal) });
  }
  if (totalBytes > HARMLESS_BYTES && totalBytes > limits.maxRatio * archiveBytes)
    throw tooLarge(
      `expected to unpack to at most ${limits.maxRatio} times its size, got ${totalBytes} bytes from ${archiveBytes}`,
    );
  return found;
}

async function allEntries(zip: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    for await (const entry of zip.eachEntry()) entries.push(entry);
  } catch (error) {
    if (/strong encryption/.test(errorMessage(error))) throw encrypted();
    throw damaged(error);
  }
  return entries;
}

function nameOf(entry: Entry): string {
  try {
    return getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
  } catch (error) {
    throw unsafe(`expected plain file names, got ${errorMessage(error)}`);
  }
}

function checkEntry(name: string, entry: Entry): void {
  const isFolder = name.endsWith('/');
  if (name.includes('\\') || !isPlainRelativePath(isFolder ? name.slice(0, -1) : name))
    throw unsafe(`expected names inside the archive's own folder, got ${quoted(name)}`);
  const type = (entry.externalFileAttributes >>> 16) & UNIX_TYPE;
  if (type !== 0 && type !== (isFolder ? UNIX_FOLDER : UNIX_FILE))
    throw unsafe(`expected files and folders only, got a link or device: ${quoted(name)}`);
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) throw encrypted(name);
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED)
    throw badInput(
      'ZIP_UNSUPPORTED',
      `ZIP archive: expected files stored or deflated, got method ${entry.compressionMethod} for ${quoted(name)}.`,
    );
}

async function save(zip: ZipFile, entry: Entry, path: string, signal: AbortSignal | undefined): Promise<void> {
  let checksum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      checksum = crc32(chunk, checksum);
      done(null, chunk);
    },
  });
  const target = createWriteStream(path, { flags: 'w' });
  try {
    const content = await zip.openReadStreamPromise(entry);
    await pipeline(content, check, target, { signal });
  } catch (error) {
    target.destroy();
    if (signal?.aborted === true || hasSystemCode(error)) throw error;
    throw damaged(error);
  }
  if (checksum >>> 0 !== entry.crc32) throw damaged(new Error(`the checksum of ${quoted(nameOf(entry))} is wrong`));
}

/** A full disk is no fault of the archive; zlib's codes begin with Z. */
function hasSystemCode(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code !== undefined && syscall !== undefined;
}

function damaged(error: unknown): AppError {
  return new AppError(
    'unavailable',
    'ZIP_DAMAGED',
    `ZIP archive: expected a whole one, got one that is cut short or damaged: ${errorMessage(error)}.`,
    {},
    { cause: error },
  );
}

function unsafe(what: string): AppError {
  return badInput('ZIP_UNSAFE', `ZIP archive: ${what}; nothing of it was unpacked.`);
}

function tooLarge(what: string): AppError {
  return badInput('ZIP_TOO_LARGE', `ZIP archive: ${what}; nothing of it was unpacked.`);
}

function encrypted(name?: string): AppError {
  const where = name === undefined ? '' : ` for ${quoted(name)}`;
  return badInput(
    'ZIP_ENCRYPTED',
    `ZIP archive: expected no encryption, got some${where}; nothing of it was unpacked.`,
  );
}

/** Names come from outside: short, and without what could play tricks in a terminal. */
function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 120));
}
