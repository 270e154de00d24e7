import {
  decodeThumbnail,
  dot,
  nameClasses,
  normalizeGrid,
  type ClassifiedImage,
  type ClassKey,
  type ClassNaming,
} from '../dataset/index.js';

export interface ClassSample {
  readonly image: ClassifiedImage;
  /** `typical` is nearest to the class as a whole; `unlike` shows how far it strays. */
  readonly role: 'typical' | 'unlike';
}

/** One class that a person has to answer for. */
export interface ClassToConfirm {
  readonly folder: string;
  readonly classKey: ClassKey;
  readonly imageCount: number;
  readonly samples: readonly ClassSample[];
}

/** The names of all classes of a task, good and NG images alike: the same in the gate and in the data set. */
export function classNamingOf(images: Iterable<Pick<ClassifiedImage, 'classKey'>>): ClassNaming {
  return nameClasses([...images].map((image) => image.classKey));
}

/**
 * The classes that have good images, by folder name, each with up to `perClass` samples: the most typical
 * image and then, one by one, the image least like those already chosen (farthest-point sampling, Gonzalez
 * 1985) by correlation of thumbnails. Deterministic, whatever the order of the images.
 */
export function chooseSamples(images: readonly ClassifiedImage[], perClass = 3): ClassToConfirm[] {
  const naming = classNamingOf(images);
  const byFolder = groupByFolder(images, naming);
  return naming.folders.flatMap((folder) => {
    const members = byFolder.get(folder);
    if (members === undefined) return [];
    const samples = samplesOf(members, perClass);
    return [{ folder, classKey: naming.keyOf(folder)!, imageCount: members.length, samples }];
  });
}

/** Good images by class folder, each class sorted by path. */
export function groupByFolder(images: readonly ClassifiedImage[], naming: ClassNaming): Map<string, ClassifiedImage[]> {
  const byFolder = new Map<string, ClassifiedImage[]>();
  for (const image of images) {
    if (!image.ok) continue;
    const folder = naming.folderOf(image.classKey);
    const members = byFolder.get(folder);
    if (members === undefined) byFolder.set(folder, [image]);
    else members.push(image);
  }
  for (const members of byFolder.values()) members.sort((a, b) => (a.relativePath < b.relativePath ? -1 : 1));
  return byFolder;
}

function samplesOf(members: readonly ClassifiedImage[], perClass: number): ClassSample[] {
  const grids = members.map((image) => normalizeGrid(decodeThumbnail(image.thumbnail)));
  const centre = sumOf(grids);
  const typical = argMax(grids.map((grid) => dot(grid, centre)));
  const chosen = [typical];
  const likeness = grids.map((grid) => dot(grid, grids[typical]!));
  while (chosen.length < Math.min(perClass, members.length)) {
    const next = argMax(likeness.map((value, i) => (chosen.includes(i) ? -Infinity : -value)));
    chosen.push(next);
    grids.forEach((grid, i) => (likeness[i] = Math.max(likeness[i]!, dot(grid, grids[next]!))));
  }
  return chosen.map((i, rank) => ({ image: members[i]!, role: rank === 0 ? 'typical' : 'unlike' }));
}

export function sumOf(grids: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(grids[0]?.length ?? 0);
  for (const grid of grids) grid.forEach((value, i) => (sum[i]! += value));
  return sum;
}

/** The first of the largest. */
function argMax(values: readonly number[]): number {
  let best = 0;
  values.forEach((value, i) => {
    if (value > values[best]!) best = i;
  });
  return best;
}
