export {
  normaliseRows,
  rowCount,
  scanDistances,
  type DistanceMetric,
  type DistanceRowConsumer,
  type DistanceScanSpec,
  type EmbeddingMatrix,
} from './distance-blocks.js';
export {
  meanOfNumbers,
  RetrievalAccumulator,
  retrievalMetrics,
  type RetrievalMeans,
  type RetrievalMetrics,
  type RetrievalPerQuery,
  type RetrievalSpec,
} from './retrieval.js';
export {
  classificationReport,
  confusionMatrix,
  type ClassFigures,
  type ClassificationReport,
  type ConfusionMatrix,
} from './classification.js';
export { IndexLists } from './index-lists.js';
export {
  atMostHolds,
  chosenCutUpper,
  clopperPearson,
  clopperPearsonUpper,
  meanInterval,
  quantileSorted,
  type Interval,
  type MeanIntervalSpec,
} from './intervals.js';
export {
  classifyByNeighbours,
  NeighbourAccumulator,
  nearestNeighbours,
  type KnnAnswers,
  type Neighbours,
  type NeighbourSpec,
} from './neighbours.js';
export { mcNemar, pairedDifference, type McNemarResult, type PairedDifference } from './paired.js';
export { SilhouetteAccumulator, silhouetteScore } from './silhouette.js';
