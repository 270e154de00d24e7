import { z } from 'zod';
import { ORIENTATIONS, ROTATIONS_CW_DEG } from '../../dataset/index.js';

const classKeySchema = z.strictObject({ product: z.string(), component: z.string(), light: z.string() });
const orientationSchema = z.enum(ORIENTATIONS);
const rotationSchema = z.union(ROTATIONS_CW_DEG.map((angle) => z.literal(angle)));
const similarity = z.number().min(-1.001).max(1.001).nullable();

const healthSchema = z.strictObject({
  /** Similarity that nine in ten of the training images it stands for reach. */
  ownSimilarity: similarity,
  /** Most similar training image of another class or orientation, and NG image. */
  nearestOther: similarity,
  nearestNg: similarity,
  /** `ownSimilarity` less the two above: below 0 the golden sample cannot tell them apart. */
  marginToOther: z.number().nullable(),
  marginToNg: z.number().nullable(),
  status: z.enum(['good', 'weak', 'unknown']),
  note: z.string(),
});

const goldenSchema = z.strictObject({
  id: z.string().min(1),
  /** `ng`: a reference of what a defect looks like; the nearest one decides as "predicted NG". */
  role: z.enum(['ok', 'ng']),
  classKey: classKeySchema,
  orientation: orientationSchema.nullable(),
  label: z.string(),
  /** The picture, relative to the folder of the golden samples, with forward slashes. */
  file: z.string(),
  /** Where it was taken from, relative to the run folder; absolute when a person brought it from elsewhere. */
  imagePath: z.string(),
  sourcePath: z.string(),
  sourceDigest: z.string(),
  rotationCwDeg: rotationSchema,
  groupId: z.string(),
  /** SHA-256 of the embedding's float32 bytes (little-endian). */
  embeddingDigest: z.string(),
  /** Training images of its class and orientation for which it is the nearest golden sample. */
  represents: z.int().min(0),
  why: z.string(),
  chosenBy: z.enum(['medoid', 'person']),
  health: healthSchema,
});

/** `golden_samples/manifest.json`. */
export const goldenSetSchema = z.strictObject({
  version: z.literal(1),
  /** SHA-256 of the ONNX file whose embeddings these are. */
  modelDigest: z.string(),
  goldensPerClass: z.int().min(1),
  goldens: z.array(goldenSchema),
  excluded: z.array(z.strictObject({ imagePath: z.string(), reason: z.string() })),
  /** Class keys and orientations without a golden sample, and why. */
  missing: z.array(
    z.strictObject({ classKey: classKeySchema, orientation: orientationSchema.nullable(), reason: z.string() }),
  ),
});

export type GoldenSet = z.output<typeof goldenSetSchema>;
export type GoldenSample = z.output<typeof goldenSchema>;
export type GoldenHealth = z.output<typeof healthSchema>;

/** A golden set with the embeddings of its samples, in the order of `set.goldens`. */
export interface EmbeddedGoldenSet {
  readonly set: GoldenSet;
  /** [goldens × dimension], L2-normalised. */
  readonly embeddings: Float32Array;
  readonly dimension: number;
}
