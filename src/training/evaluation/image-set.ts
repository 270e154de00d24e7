import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { badInput } from '../../common/index.js';
import { loadManifest, originalFileName, parseImageName, type ManifestRow } from '../../dataset/index.js';
import { listImages } from '../embedding/index.js';

/** An image of any labelled set, whether the model knows its class or not. */
export interface LabelledImage {
  readonly absolutePath: string;
  /** As people know it: relative to the set. */
  readonly name: string;
  readonly label: string;
  /** Images of one group show the same thing; none is searched for its own group. */
  readonly groupId: string;
}

/**
 * Reads a labelled set: a folder with one sub-folder a class, or a `manifest.jsonl` (its validation side, or
 * all of it when it has none).
 * @throws AppError `DATA_MISSING`, `DATA_NOT_LABELLED`.
 */
export async function readImageSet(given: string): Promise<LabelledImage[]> {
  const path = resolve(given);
  const found = await stat(path).catch(() => null);
  if (found === null)
    throw badInput(
      'DATA_MISSING',
      `expected a folder of class folders or a manifest.jsonl, got ${given}, which does not exist`,
    );
  const images = found.isDirectory() ? await fromClassFolders(path) : await fromManifest(path);
  if (images.length === 0)
    throw badInput('DATA_EMPTY', `expected images (jpg, jpeg, png, bmp) in sub-folders of ${given}, got none`);
  return images;
}

async function fromClassFolders(folder: string): Promise<LabelledImage[]> {
  const names = await listImages(folder);
  const loose = names.filter((name) => !name.includes('/'));
  if (loose.length > 0 && loose.length === names.length)
    throw badInput(
      'DATA_NOT_LABELLED',
      `${folder}: expected one sub-folder a class, got ${loose.length} images beside each other, such as ${loose[0]}`,
    );
  return names
    .filter((name) => name.includes('/'))
    .map((name) => {
      const absolutePath = join(folder, ...name.split('/'));
      return { absolutePath, name, label: name.slice(0, name.indexOf('/')), groupId: groupOf(absolutePath) };
    });
}

async function fromManifest(path: string): Promise<LabelledImage[]> {
  const rows = await loadManifest(path);
  const validation = rows.filter((row) => row.split === 'val');
  // A manifest lies in `dataset/` of its run, and its paths start at the run.
  const root = dirname(dirname(path));
  return (validation.length > 0 ? validation : rows).map((row) => labelledRow(root, row));
}

function labelledRow(runFolder: string, row: ManifestRow): LabelledImage {
  return {
    absolutePath: join(runFolder, ...row.path.split('/')),
    name: row.path,
    label: row.label,
    groupId: row.groupId,
  };
}

/**
 * Board and component instance where the name tells them, also that of a run's turned copy; else the file itself:
 * files of one name in two folders are two things.
 */
function groupOf(path: string): string {
  const parsed = parseImageName(originalFileName(basename(path)));
  if (!parsed.ok) return path;
  const { board, component, index } = parsed.name;
  return `${board}@${component}_${index}`;
}
