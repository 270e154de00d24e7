import { stat } from 'node:fs/promises';
import { AppError } from '../../common/index.js';
import { resolveInside } from '../../infra/storage/index.js';

const PICTURE = /\.(jpe?g|png|bmp)$/i;

/**
 * The absolute path of a picture in `folders` of a run; nothing else of the run folder is served.
 * @param image relative to the run folder, with forward slashes
 * @throws AppError `PICTURE_UNKNOWN` (notFound)
 */
export async function runPicturePath(
  task: { readonly id: string; readonly runFolder: string },
  image: string,
  folders: readonly string[],
): Promise<string> {
  const isOneOfThem = PICTURE.test(image) && folders.some((folder) => image.startsWith(`${folder}/`));
  const path = isOneOfThem ? await resolveInside(task.runFolder, image) : null;
  if (path !== null && (await stat(path).catch(() => null))?.isFile()) return path;
  throw new AppError(
    'notFound',
    'PICTURE_UNKNOWN',
    `Expected a picture of task ${task.id} in ${folders.join(' or ')}, got ${image.slice(0, 200)}.`,
  );
}
