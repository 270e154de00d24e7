import { type Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { AppError, badInput } from '../common/index.js';
import { parseImageName, type ImageName } from './image-name.js';
import type { RejectedFile } from './rejected-file.js';

/** An input file whose name parses. Its pixels were not looked at yet. */
export interface ScannedImage {
  readonly absolutePath: string;
  /** Relative to the input folder, with forward slashes: what tells two files of the same name apart. */
  readonly relativePath: string;
  readonly fileName: string;
  /** True under `OK/`, false under `NG/`. */
  readonly ok: boolean;
  readonly name: ImageName;
}

export type ScanEntry =
  | { readonly kind: 'image'; readonly image: ScannedImage }
  | { readonly kind: 'rejected'; readonly rejected: RejectedFile };

interface Visit {
  readonly root: string;
  readonly ok: boolean;
  readonly signal: AbortSignal | undefined;
  /** Real paths of the folders seen, so that a link back up never loops or doubles images. */
  readonly seen: Set<string>;
}

/**
 * Walks `OK/` and then `NG/` (any case, any depth, in name order) and yields every file: as an image, or
 * rejected with the reason. One folder's names are held at a time. Links are followed only inside `inputDir`.
 * Throws AppError (badInput) when the folder is missing, is no folder, cannot be read, has no `OK/`, or
 * when `OK/` holds no file. Never writes.
 */
export async function* scanInput(
  inputDir: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<ScanEntry> {
  const root = await resolveRoot(inputDir);
  const entries = await listFolder(root, inputDir);
  const named = (name: string): Dirent[] => entries.filter((entry) => entry.name.toUpperCase() === name);
  const okFolders = named('OK');
  if (okFolders.length === 0) throw missingOk(inputDir, entries);

  const seen = new Set<string>();
  let okFiles = 0;
  for (const folder of okFolders) {
    for await (const entry of visitEntry(root, folder, folder.name, { root, ok: true, signal, seen }, true)) {
      okFiles++;
      yield entry;
    }
  }
  if (okFiles === 0) {
    throw badInput('INPUT_EMPTY', `${join(inputDir, okFolders[0]!.name)}: expected images of good parts, got no file`, {
      inputDir,
    });
  }
  for (const folder of named('NG')) {
    yield* visitEntry(root, folder, folder.name, { root, ok: false, signal, seen }, true);
  }
}

async function* visitEntry(
  parent: string,
  entry: Dirent,
  relativePath: string,
  visit: Visit,
  mustBeFolder = false,
): AsyncGenerator<ScanEntry> {
  visit.signal?.throwIfAborted();
  const absolutePath = join(parent, entry.name);
  let isFolder = entry.isDirectory();
  let isFile = entry.isFile();
  if (entry.isSymbolicLink()) {
    const target = await followInside(absolutePath, visit.root);
    if (target === null) {
      if (mustBeFolder) {
        throw badInput(
          'INPUT_LINK_OUTSIDE',
          `${absolutePath}: expected a folder, got a link that is broken or leads out of the input folder; ` +
            'name the real folder as input',
          { path: absolutePath },
        );
      }
      yield setAside(relativePath, 'linkOutside', 'a link that is broken or leads out of the input folder');
      return;
    }
    isFolder = target.isDirectory();
    isFile = target.isFile();
  }
  if (isFolder) {
    yield* visitFolder(absolutePath, relativePath, visit);
  } else if (mustBeFolder) {
    throw badInput('INPUT_NOT_A_FOLDER', `${absolutePath}: expected a folder of images, got a file`, {
      path: absolutePath,
    });
  } else if (isFile) {
    yield readEntry(absolutePath, relativePath, entry.name, visit.ok);
  } else {
    yield setAside(relativePath, 'notAFile', 'neither a file nor a folder');
  }
}

async function* visitFolder(absolutePath: string, relativePath: string, visit: Visit): AsyncGenerator<ScanEntry> {
  const real = await realpath(absolutePath);
  if (visit.seen.has(real)) return;
  visit.seen.add(real);
  for (const entry of await listFolder(absolutePath, absolutePath)) {
    yield* visitEntry(absolutePath, entry, `${relativePath}/${entry.name}`, visit);
  }
}

function readEntry(absolutePath: string, relativePath: string, fileName: string, ok: boolean): ScanEntry {
  const parsed = parseImageName(fileName);
  if (!parsed.ok) return setAside(relativePath, parsed.code, parsed.reason);
  return { kind: 'image', image: { absolutePath, relativePath, fileName, ok, name: parsed.name } };
}

function setAside(relativePath: string, code: string, reason: string): ScanEntry {
  return { kind: 'rejected', rejected: { relativePath, stage: 'name', code, reason } };
}

async function resolveRoot(inputDir: string): Promise<string> {
  try {
    const root = await realpath(inputDir);
    if ((await stat(root)).isDirectory()) return root;
  } catch (error) {
    throw unreadable(inputDir, error);
  }
  throw badInput('INPUT_NOT_A_FOLDER', `${inputDir}: expected a folder with OK/ in it, got a file`, { inputDir });
}

async function listFolder(path: string, shownAs: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch (error) {
    throw unreadable(shownAs, error);
  }
}

async function followInside(path: string, root: string): Promise<Awaited<ReturnType<typeof stat>> | null> {
  try {
    const target = await realpath(path);
    return target.startsWith(root.endsWith(sep) ? root : root + sep) ? await stat(target) : null;
  } catch {
    return null;
  }
}

function missingOk(inputDir: string, entries: readonly Dirent[]): AppError {
  const got = entries.slice(0, 5).map((entry) => entry.name);
  const shown = got.length === 0 ? 'an empty folder' : `${got.join(', ')}${entries.length > 5 ? ', …' : ''}`;
  return badInput(
    'INPUT_WITHOUT_OK',
    `${inputDir}: expected \`OK/\` (and optionally \`NG/\`) inside, got ${shown}; put the images of good parts into OK/`,
    { inputDir },
  );
}

function unreadable(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    return badInput('INPUT_FOLDER_MISSING', `${path}: expected a folder with OK/ in it, but it does not exist`, {
      path,
    });
  }
  if (code === 'ENOTDIR') {
    return badInput('INPUT_NOT_A_FOLDER', `${path}: expected a folder, got a file`, { path });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return badInput('INPUT_UNREADABLE', `${path}: the folder may not be read (${code}); grant read permission`, {
      path,
    });
  }
  return new AppError(
    'unavailable',
    'INPUT_READ_FAILED',
    `${path}: reading failed (${code ?? String(error)})`,
    { path },
    {
      cause: error,
    },
  );
}
