import { z } from 'zod';

const classKeySchema = z.strictObject({ product: z.string(), component: z.string(), light: z.string() });

/** Where the scores came from: the class key itself, or more and more of the others when it has too few. */
export const POOLS = ['class', 'component', 'all', 'none'] as const;
export type PoolLevel = (typeof POOLS)[number];

const sideSchema = z.strictObject({
  pool: z.enum(POOLS),
  /** Independent sources looked at, and how many of them the threshold gets wrong. */
  seen: z.int().min(0),
  wrong: z.int().min(0),
  rate: z.number().min(0).max(1).nullable(),
  /** One-sided bound on the true rate at `confidence`: Clopper–Pearson, under `equalCost` for any choice of threshold. */
  atMost: z.number().min(0).max(1),
});

const thresholdSchema = z.strictObject({
  /** Accept when the similarity to the nearest golden sample is at least this. */
  threshold: z.number().min(-1).max(1.001),
  /** `budget`: the budget is proven on the scores seen; `bestShown`: it is not, this is as near as they go. */
  status: z.enum(['budget', 'bestShown', 'equalCost', 'fromGoodOnly', 'noData']),
  overkill: sideSchema,
  escape: sideSchema,
  words: z.string(),
});

/** `results/thresholds.json`. */
export const thresholdSetSchema = z.strictObject({
  version: z.literal(1),
  score: z.literal('cosine similarity to the nearest good golden sample of the class'),
  modelDigest: z.string(),
  /** SHA-256 over the golden samples' embedding digests, in order: thresholds hold for these alone. */
  goldenSetDigest: z.string(),
  budget: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('escapeRate'), atMost: z.number() }),
    z.strictObject({ kind: z.literal('overkillRate'), atMost: z.number() }),
    z.strictObject({ kind: z.literal('equalCost') }),
  ]),
  confidence: z.number(),
  calibratedOn: z.string(),
  classes: z.array(thresholdSchema.extend({ classKey: classKeySchema })),
  /** For a class key that is not listed. */
  fallback: thresholdSchema,
});

export type ThresholdSet = z.output<typeof thresholdSetSchema>;
export type FittedThreshold = z.output<typeof thresholdSchema>;
export type SideEvidence = z.output<typeof sideSchema>;
export type ThresholdBudget = ThresholdSet['budget'];
