export { cosine, embeddingOf, indicesWhere, integerCodes, pickImages, type EmbeddedImages } from './embedded-images.js';
export { median } from './exclusions.js';
export { readGoldenSet, writeGoldenSet } from './golden-files.js';
export {
  goldenSetSchema,
  type EmbeddedGoldenSet,
  type GoldenHealth,
  type GoldenSample,
  type GoldenSet,
} from './golden-set.js';
export {
  acceptanceScore,
  GoldenMatcher,
  judge,
  type Candidate,
  type GoldenMatch,
  type RejectionReason,
  type Verdict,
} from './matcher.js';
export { embeddingDigest, selectGoldens, type GoldenSpec } from './select-goldens.js';
export { isSamePlace, placeOf, reassessPool } from './reassess.js';
export { findGolden, restoreGolden, swapGolden, type GoldenSwap } from './swap-golden.js';
