import { mkdir, readFile, rm } from 'node:fs/promises';
import { isAbsolute, join, resolve, sep } from 'node:path';
import {
  assertMayPublish,
  badInput,
  errorMessage,
  linkOrCopy,
  renameIntoPlace,
  writeJsonAtomic,
} from '../../common/index.js';
import { readSafetensors, writeSafetensors } from '../weights/index.js';
import { goldenSetSchema, type EmbeddedGoldenSet, type GoldenSet } from './golden-set.js';

const MANIFEST = 'manifest.json';
const EMBEDDINGS = 'embeddings.safetensors';
const TENSOR = 'embeddings';

/**
 * Writes `folder` anew: the pictures, `manifest.json` and `embeddings.safetensors` ([goldens × size],
 * in the manifest's order). Paths in the set are relative to `imageRoot`. Appears whole or not at all.
 */
export async function writeGoldenSet(folder: string, imageRoot: string, goldens: EmbeddedGoldenSet): Promise<void> {
  const { set, embeddings, dimension } = goldens;
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  for (const golden of set.goldens) {
    const source = isAbsolute(golden.imagePath) ? golden.imagePath : join(imageRoot, golden.imagePath);
    await linkOrCopy(source, insideOf(fresh, golden.file));
  }
  await writeSafetensors(
    join(fresh, EMBEDDINGS),
    new Map([[TENSOR, { shape: [set.goldens.length, dimension], data: embeddings }]]),
    { modelDigest: set.modelDigest },
  );
  await writeJsonAtomic(join(fresh, MANIFEST), set);
  await assertMayPublish();
  await rm(folder, { recursive: true, force: true });
  await renameIntoPlace(fresh, folder);
}

/** Reads what `writeGoldenSet` wrote. Throws `badInput` when it is missing, broken or of another version. */
export async function readGoldenSet(folder: string): Promise<EmbeddedGoldenSet> {
  const set = await readManifestFile(join(folder, MANIFEST));
  const { tensors } = await readSafetensors(join(folder, EMBEDDINGS));
  const tensor = tensors.get(TENSOR);
  if (tensor?.shape.length !== 2 || tensor.shape[0] !== set.goldens.length)
    throw badInput(
      'GOLDEN_SET_BROKEN',
      `${folder}: expected ${set.goldens.length} embeddings, got shape [${tensor?.shape.join(', ') ?? ''}]; evaluate the run again`,
    );
  return { set, embeddings: tensor.data, dimension: tensor.shape[1]! };
}

async function readManifestFile(path: string): Promise<GoldenSet> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw badInput(
      'GOLDEN_SET_MISSING',
      `${path}: expected the manifest of a golden set, got: ${errorMessage(error)}; evaluate the run first`,
    );
  }
  const parsed = goldenSetSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw badInput('GOLDEN_SET_BROKEN', `${path}: ${issue.path.join('.')}: ${issue.message}; evaluate the run again`);
}

/** A path from a manifest must stay inside its folder. */
function insideOf(folder: string, relative: string): string {
  const path = resolve(folder, ...relative.split('/'));
  if (!path.startsWith(resolve(folder) + sep))
    throw badInput('GOLDEN_PATH_OUTSIDE', `golden sample "${relative}": expected a path inside ${folder}`);
  return path;
}
