/** Training settings under which a run takes seconds: for tests of everything around the training. */
export const TINY_TRAINING = {
  model: { backbone: 'tiny', embeddingSize: 16, hiddenDim: 32, attentionHeads: 2 },
  data: { imageSizePx: 32, loaderThreads: 1 },
  training: { maxEpochs: 2, batchSize: 8, threads: 1 },
  evaluation: { bootstrapSamples: 50 },
} as const;
