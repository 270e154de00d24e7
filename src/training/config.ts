import { z } from 'zod';

const unit = z.number().min(0).max(1);

export const BACKBONES = [
  'tiny',
  'efficientnetv2_rw_s',
  'efficientnetv2_rw_t',
  'efficientnetv2_s',
  'tf_efficientnetv2_b0',
] as const;
export type BackboneName = (typeof BACKBONES)[number];

const modelSchema = z.strictObject({
  architecture: z.enum(['HOAM', 'HOAMV2']).default('HOAMV2'),
  backbone: z.enum(BACKBONES).default('efficientnetv2_rw_s'),
  embeddingSize: z.int().min(8).max(4096).default(512),
  /** Width D of the local and global branches; null takes the backbone's own: 1280 as published, `tiny` less. */
  hiddenDim: z.int().min(8).max(4096).nullable().default(null),
  attentionHeads: z.int().min(1).max(64).default(8),
  /** Path of a timm or HOAM safetensors file, or null for a random start. */
  pretrained: z.string().min(1).nullable().default(null),
});

const dataSchema = z.strictObject({
  imageSizePx: z.int().min(32).max(1024).default(224),
  validationShare: z.number().min(0.05).max(0.5).default(0.2),
  labels: z.enum(['orientation', 'component']).default('orientation'),
  ng: z.enum(['class', 'calibration']).default('class'),
  /** Perceptual-hash distance (bits of 64) up to which two images are compared as near-duplicates (docs/split.md). */
  nearDuplicateBits: z.int().min(0).max(16).default(8),
  augmentation: z.enum(['none', 'polarity-v1', 'hoam-v1']).default('polarity-v1'),
  /** Threads that decode and augment; 0 picks one fewer than the cores. */
  loaderThreads: z.int().min(0).max(64).default(0),
  /** Decoded images are kept in memory up to this many MiB. */
  cacheMiB: z.int().min(0).max(1_048_576).default(512),
});

const trainingSchema = z.strictObject({
  engine: z.enum(['auto', 'onnx', 'tensorflow']).default('auto'),
  executionProvider: z.enum(['auto', 'cpu', 'cuda', 'webgpu', 'dml']).default('auto'),
  /** Threads of one training step; 0 takes all cores. */
  threads: z.int().min(0).max(256).default(0),
  maxEpochs: z.int().min(1).max(10_000).default(50),
  batchSize: z.int().min(2).max(1024).default(8),
  samplesPerClass: z.int().min(1).max(64).default(4),
  learningRate: z.number().positive().max(1).default(3e-4),
  /** Of the head's rate; null is 0.05 for a pretrained backbone and 1 for a random start, which must learn as fast. */
  backboneLearningRateFactor: z.number().min(0).max(10).nullable().default(null),
  weightDecay: z.number().min(0).max(1).default(1e-4),
  /** Leave biases, BatchNorm, ArcFace weights and centers out of weight decay. */
  weightDecayExemptions: z.boolean().default(false),
  warmupShare: unit.default(0.05),
  /** Applies only when pretrained weights were loaded. */
  freezeBackboneEpochs: z.int().min(0).max(10_000).default(10),
  gradientClipNorm: z.number().positive().nullable().default(null),
  weightAveraging: z.enum(['none', 'ema', 'swa']).default('ema'),
  emaDecay: z.number().min(0).max(0.99999).default(0.99),
  swaStartShare: unit.default(0.75),
  enableEarlyStopping: z.boolean().default(true),
  patience: z.int().min(1).max(10_000).default(10),
  /** What best checkpoint and early stop look at. */
  monitor: z.enum(['mapAtR', 'precisionAt1', 'valLoss']).default('mapAtR'),
  /** Validate every n epochs. */
  validateEveryEpochs: z.int().min(1).max(1000).default(1),
  /** At most this much work is lost when the process is killed. */
  checkpointEverySeconds: z.number().min(0).max(86_400).default(30),
});

const lossSchema = z.strictObject({
  name: z.enum(['HybridMargin', 'ArcFace', 'SubCenterArcFace']).default('HybridMargin'),
  scale: z.number().positive().max(256).default(30),
  subCenters: z.int().min(1).max(16).default(3),
  /** Angular margin; exactly one unit, in the name. The default was measured (docs/margins.md). */
  marginRad: z.number().min(0).max(1.5).default(0.2),
  marginWarmupEpochs: z.int().min(0).max(1000).default(5),
  /** `original` uses 0.4 degrees, as the original system in effect did; `radians` uses marginRad. */
  marginPreset: z.enum(['radians', 'original']).default('radians'),
  tripletMargin: z.number().min(0).max(2).default(0.3),
  centerWeight: z.number().min(0).max(10).default(0.01),
});

const knnSchema = z.strictObject({
  k: z.int().min(1).max(100).default(1),
});

const evaluationSchema = z.strictObject({
  goldensPerClass: z.int().min(1).max(64).default(1),
  /** What the threshold is chosen for. */
  thresholdBudget: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('escapeRate'), atMost: unit }),
      z.strictObject({ kind: z.literal('overkillRate'), atMost: unit }),
      z.strictObject({ kind: z.literal('equalCost') }),
    ])
    .default({ kind: 'equalCost' }),
  confidence: z.number().min(0.5).max(0.999).default(0.95),
  bootstrapSamples: z.int().min(0).max(100_000).default(1000),
});

const experimentSchema = z.strictObject({
  name: z.string().min(1).max(120).default('training'),
  seed: z.int().min(0).max(4_294_967_295).default(42),
});

/** Everything that shapes one training, as in `configs/train_configs.yaml`; unknown keys are errors. */
export const trainConfigSchema = z.strictObject({
  experiment: experimentSchema.prefault({}),
  model: modelSchema.prefault({}),
  data: dataSchema.prefault({}),
  training: trainingSchema.prefault({}),
  loss: lossSchema.prefault({}),
  knn: knnSchema.prefault({}),
  evaluation: evaluationSchema.prefault({}),
  /** Written into `config_used.yaml`, where it says what a model was made with; reading it changes nothing. */
  provenance: z.record(z.string(), z.unknown()).optional(),
});

export type TrainConfig = z.output<typeof trainConfigSchema>;
export type TrainConfigInput = z.input<typeof trainConfigSchema>;
export type ModelConfig = TrainConfig['model'];
export type LossConfig = TrainConfig['loss'];
export type DataConfig = TrainConfig['data'];
