export { answerAll, naturalOrientations, type Answer } from './answers.js';
export { type AnswerFigures, type ClassBreakdown } from './breakdown.js';
export { computeEvaluation, type EvaluationResult } from './compute-evaluation.js';
export { type EvaluationParts } from './embed-run.js';
export { evaluateRun, type EvaluateSpec } from './evaluate-run.js';
export { DOUBT_KINDS, reviewLabels, type DoubtKind, type LabelDoubt } from './label-review.js';
export { type ErrorRate, type InspectionRates } from './rates.js';
export { rotationConsistency, type RotationConsistency } from './rotation-consistency.js';
export { evaluationSummarySchema, type EvaluationSummary } from './summary.js';
