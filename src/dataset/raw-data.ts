import { access, readdir, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { badInput, linkOrCopy, silentContext, type StepContext } from '../common/index.js';
import { foldCase, nameClasses } from './class-key.js';
import type { ClassifiedImage } from './classified-image.js';
import { distinctStem } from './copy-name.js';
import { RunFolder } from './run-folder.js';

/**
 * A stem (file name without extension) for every image that no other image of the set has, also where case
 * does not count: its own, or, when shared, with a digest of its relative path. Independent of the order.
 */
export function uniqueStems(images: readonly Pick<ClassifiedImage, 'fileName' | 'relativePath'>[]): string[] {
  const stemOf = (fileName: string): string => fileName.slice(0, -extname(fileName).length || undefined);
  const claims = new Map<string, number>();
  for (const { fileName } of images) {
    const claim = foldCase(stemOf(fileName));
    claims.set(claim, (claims.get(claim) ?? 0) + 1);
  }
  return images.map(({ fileName, relativePath }) => {
    const stem = stemOf(fileName);
    if (claims.get(foldCase(stem)) === 1) return stem;
    return distinctStem(stem, relativePath);
  });
}

/**
 * Links every image into `raw_data/<class>/` (NG images into `raw_data/NG/<class>/`); same-named images get
 * a digest in their name. Run again it ends in the same state: what does not belong there is removed.
 * Returns each image's path relative to the run folder, with forward slashes, in the order given.
 * @throws AppError `INPUT_CHANGED` (badInput) when an image is no longer where it was found
 */
export async function linkRawData(
  images: readonly ClassifiedImage[],
  runFolder: RunFolder | string,
  ctx: StepContext = silentContext(),
): Promise<string[]> {
  const folder = typeof runFolder === 'string' ? new RunFolder(runFolder) : runFolder;
  const naming = nameClasses(images.map((image) => image.classKey));
  const stems = uniqueStems(images);
  const paths = images.map((image, i) =>
    [
      'raw_data',
      ...(image.ok ? [] : ['NG']),
      naming.folderOf(image.classKey),
      `${stems[i]!}.${image.name.extension}`,
    ].join('/'),
  );
  await removeOthers(folder.root, 'raw_data', new Set(paths));
  for (const [i, image] of images.entries()) {
    ctx.signal.throwIfAborted();
    await linkInput(image, join(folder.root, ...paths[i]!.split('/')));
    if (i % 100 === 99) ctx.onProgress({ fraction: (i + 1) / images.length });
  }
  ctx.onProgress({ fraction: 1 });
  return paths;
}

/** The input is the user's: somebody may sort it, or the line rotate its files away, while a task reads it. */
async function linkInput({ absolutePath, relativePath }: ClassifiedImage, target: string): Promise<void> {
  try {
    await linkOrCopy(absolutePath, target);
  } catch (error) {
    const isGone = await access(absolutePath).then(
      () => false,
      ({ code }: NodeJS.ErrnoException) => code === 'ENOENT',
    );
    if (!isGone) throw error;
    throw badInput(
      'INPUT_CHANGED',
      `${absolutePath}: expected the image that was found here when the folder was read, but it is no longer there; make sure that nobody moves images of the folder meanwhile, and retry the task: it reads the folder anew.`,
      { path: relativePath },
    );
  }
}

/** Removes every file below `root`/`relative` whose path (relative to root, forward slashes) is not wanted. */
export async function removeOthers(root: string, relative: string, wanted: ReadonlySet<string>): Promise<void> {
  const absolute = join(root, ...relative.split('/'));
  const entries = await readdir(absolute, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) {
    const path = `${relative}/${entry.name}`;
    if (entry.isDirectory()) await removeOthers(root, path, wanted);
    else if (!wanted.has(path)) await rm(join(absolute, entry.name), { force: true });
  }
}
