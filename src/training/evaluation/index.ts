export { answerAll, naturalOrientations, type Answer } from './answers.js';
export { type AnswerFigures, type ClassBreakdown } from './breakdown.js';
export { computeEvaluation, type EvaluationResult } from './compute-evaluation.js';
export { type EvaluationParts } from './embed-run.js';
export { evaluateRun, type EvaluateSpec } from './evaluate-run.js';
export { DOUBT_KINDS, reviewLabels, type DoubtKind, type LabelDoubt } from './label-review.js';
export { type ErrorRate, type InspectionRates } from './rates.js';
export { rotationConsistency, type RotationConsistency } from './rotation-consistency.js';
export { readWorstMistakes, type WorstMistake } from './worst-mistakes.js';
export { readSummary } from './read-summary.js';
export { evaluationSummarySchema, type EvaluationSummary } from './summary.js';
export {
  compareAnswers,
  compareRuns,
  type AnswerComparison,
  type FlippedAnswer,
  type RunComparison,
} from './compare-runs.js';
export { embedRun, realParts } from './embed-run.js';
export { evaluateImageSet, type ImageSetAnswer, type ImageSetResult, type ImageSetSpec } from './evaluate-image-set.js';
export {
  applyChoices,
  assertSuitable,
  editGoldens,
  isSuitable,
  type GoldenChoice,
  type GoldenEdit,
} from './golden-edits.js';
export { readImageSet, type LabelledImage } from './image-set.js';
export { knnQuery, type KnnQueryResult, type KnnQuerySpec } from './knn-query.js';
export { findClassKey, matchImage, parseOrientation, type ImageMatch, type MatchSpec } from './match-image.js';
export { writeImageSetResults } from './image-set-files.js';
export { readEvaluationConfig, readRunConfig } from './run-config.js';
export { readTaskRecord, writeTaskRecord, type TaskRecord } from './task-record.js';
