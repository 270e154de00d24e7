import { z } from 'zod';

// What `.describe` says stands beside the field on the pages; translations are in modules/pages/i18n/fields.
const unit = z.number().min(0).max(1);

export const BACKBONES = [
  'tiny',
  'efficientnetv2_rw_s',
  'efficientnetv2_rw_t',
  'efficientnetv2_s',
  'tf_efficientnetv2_b0',
] as const;
export type BackboneName = (typeof BACKBONES)[number];

/** Languages of the evaluation report, as of the pages. */
export const REPORT_LANGUAGES = ['en', 'zh-TW', 'zh-CN', 'vi'] as const;
export type ReportLanguage = (typeof REPORT_LANGUAGES)[number];

const modelSchema = z.strictObject({
  architecture: z
    .enum(['HOAM', 'HOAMV2'])
    .default('HOAMV2')
    .describe('Network over the backbone; HOAMV2 adds an edge filter (Laplacian) before its attention.'),
  backbone: z
    .enum(BACKBONES)
    .default('efficientnetv2_rw_s')
    .describe('Network that reads the picture; tiny trains in minutes on a processor, the others want a GPU.'),
  embeddingSize: z
    .int()
    .min(8)
    .max(4096)
    .default(512)
    .describe('Numbers that describe one picture; more tell finer differences and cost memory.'),
  hiddenDim: z
    .int()
    .min(8)
    .max(4096)
    .nullable()
    .default(null)
    .describe("Width of the local and global branches; empty takes the backbone's own: 1280 as published, tiny less."),
  attentionHeads: z.int().min(1).max(64).default(8).describe('Parallel attentions of the head; must divide the width.'),
  pretrained: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Path of a timm or HOAM .safetensors file to start from; empty starts from random weights.'),
});

const dataSchema = z.strictObject({
  imageSizePx: z.int().min(32).max(1024).default(224).describe('Side of the square that pictures are scaled to.'),
  validationShare: z
    .number()
    .min(0.05)
    .max(0.5)
    .default(0.2)
    .describe('Share of the sources that are kept out of the training to measure it.'),
  labels: z
    .enum(['orientation', 'component'])
    .default('orientation')
    .describe('What counts as a class: the five orientations over all parts, or each part by itself.'),
  ng: z
    .enum(['class', 'calibration'])
    .default('class')
    .describe('Whether defective pictures are a class of the training or only choose the threshold.'),
  nearDuplicateBits: z
    .int()
    .min(0)
    .max(16)
    .default(8)
    .describe(
      'Perceptual-hash distance (bits of 64) up to which two images are compared as near-duplicates (docs/split.md).',
    ),
  augmentation: z
    .enum(['none', 'polarity-v2', 'polarity-v1', 'hoam-v1'])
    .default('polarity-v2')
    .describe('How training pictures are varied; none leaves them as they are.'),
  loaderThreads: z
    .int()
    .min(0)
    .max(64)
    .default(0)
    .describe('Threads that decode and augment; 0 picks one fewer than the cores.'),
  cacheMiB: z
    .int()
    .min(0)
    .max(1_048_576)
    .default(512)
    .describe('Decoded images are kept in memory up to this many MiB.'),
});

const trainingSchema = z.strictObject({
  engine: z
    .enum(['auto', 'onnx', 'tensorflow'])
    .default('auto')
    .describe('What computes the training; auto takes the best that works here.'),
  executionProvider: z
    .enum(['auto', 'cpu', 'cuda', 'webgpu', 'dml'])
    .default('auto')
    .describe('Hardware that ONNX Runtime uses; auto takes the best that works here.'),
  precision: z
    .enum(['float32', 'auto'])
    .default('float32')
    .describe('Convolutions in half precision: never, or (auto) on a WebGPU adapter that has it.'),
  onDeviceLost: z
    .enum(['retry', 'cpu'])
    .default('retry')
    .describe('After the graphics processor was lost: try it again, or go on from the checkpoint on the processor.'),
  threads: z.int().min(0).max(256).default(0).describe('Threads of one training step; 0 takes all cores.'),
  maxEpochs: z
    .int()
    .min(1)
    .max(10_000)
    .default(50)
    .describe('The training ends after so many passes over the data at the latest.'),
  batchSize: z.int().min(2).max(1024).default(8).describe('Pictures in one training step; more need more memory.'),
  samplesPerClass: z.int().min(1).max(64).default(4).describe('Pictures of one class in a batch.'),
  learningRate: z
    .number()
    .positive()
    .max(1)
    .default(3e-4)
    .describe('Size of a training step; too large diverges, too small takes long.'),
  backboneLearningRateFactor: z
    .number()
    .min(0)
    .max(10)
    .nullable()
    .default(null)
    .describe(
      "Of the head's rate; empty is 0.05 for a pretrained backbone and 1 for a random start, which must learn as fast.",
    ),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(1e-4)
    .describe('Pull of the weights towards zero, against overfitting.'),
  weightDecayExemptions: z
    .boolean()
    .default(false)
    .describe('Leave biases, BatchNorm, ArcFace weights and centers out of weight decay.'),
  warmupShare: unit.default(0.05).describe('Share of the training in which the learning rate rises from zero.'),
  freezeBackboneEpochs: z
    .int()
    .min(0)
    .max(10_000)
    .default(10)
    .describe('Epochs in which only the head learns; applies only when pretrained weights were loaded.'),
  gradientClipNorm: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('Longest gradient that is let through; empty does not clip.'),
  weightAveraging: z
    .enum(['none', 'ema', 'swa'])
    .default('ema')
    .describe(
      'Average of the weights that is validated and exported: exponential (ema) or over the last epochs (swa).',
    ),
  emaDecay: z.number().min(0).max(0.99999).default(0.99).describe('How slowly the exponential average follows.'),
  swaStartShare: unit.default(0.75).describe('Share of the training after which the swa average begins.'),
  enableEarlyStopping: z.boolean().default(true).describe('End when the monitored figure has stopped improving.'),
  patience: z.int().min(1).max(10_000).default(10).describe('Validations without improvement before the early stop.'),
  monitor: z
    .enum(['mapAtR', 'precisionAt1', 'valLoss'])
    .default('mapAtR')
    .describe('What best checkpoint and early stop look at.'),
  validateEveryEpochs: z.int().min(1).max(1000).default(1).describe('Validate every so many epochs.'),
  checkpointEverySeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(30)
    .describe('At most this much work is lost when the process is killed.'),
});

const lossSchema = z.strictObject({
  name: z
    .enum(['HybridMargin', 'ArcFace', 'SubCenterArcFace'])
    .default('HybridMargin')
    .describe('What the training minimises; HybridMargin adds a triplet and a center term to sub-center ArcFace.'),
  scale: z.number().positive().max(256).default(30).describe('Sharpness of the class decision (s of ArcFace).'),
  subCenters: z
    .int()
    .min(1)
    .max(16)
    .default(3)
    .describe('Centers a class may have, for parts that look different within one class.'),
  marginRad: z
    .number()
    .min(0)
    .max(1.5)
    .default(0.2)
    .describe('Angular margin between classes, in radians. The default was measured (docs/margins.md).'),
  marginWarmupEpochs: z.int().min(0).max(1000).default(5).describe('Epochs in which the margin grows from zero.'),
  marginPreset: z
    .enum(['radians', 'original'])
    .default('radians')
    .describe('original uses 0.4 degrees, as the original system in effect did; radians uses marginRad.'),
  tripletMargin: z
    .number()
    .min(0)
    .max(2)
    .default(0.3)
    .describe('Distance that the triplet term asks for between classes.'),
  centerWeight: z
    .number()
    .min(0)
    .max(10)
    .default(0.01)
    .describe('Weight of the term that pulls pictures to the center of their class.'),
});

const knnSchema = z.strictObject({
  k: z.int().min(1).max(100).default(1).describe('Nearest gallery pictures that vote on a class.'),
});

const budget = unit.describe('The bound, where the threshold is chosen for escapes or overkills.');

const evaluationSchema = z.strictObject({
  goldensPerClass: z.int().min(1).max(64).default(1).describe('Golden samples of each class and orientation.'),
  thresholdBudget: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('escapeRate'), atMost: budget }),
      z.strictObject({ kind: z.literal('overkillRate'), atMost: budget }),
      z.strictObject({
        kind: z
          .literal('equalCost')
          .describe('What the threshold is chosen for: equal cost, or a bound on escapes or overkills.'),
      }),
    ])
    .default({ kind: 'equalCost' }),
  confidence: z.number().min(0.5).max(0.999).default(0.95).describe('Confidence of the intervals in the report.'),
  bootstrapSamples: z
    .int()
    .min(0)
    .max(100_000)
    .default(1000)
    .describe('Resamples behind the intervals; 0 leaves them out.'),
  reportLanguage: z
    .enum(REPORT_LANGUAGES)
    .default('en')
    .describe('Language of results/report.html; others are made when they are asked for.'),
});

const experimentSchema = z.strictObject({
  name: z.string().min(1).max(120).default('training').describe('Name of the training in reports.'),
  seed: z.int().min(0).max(4_294_967_295).default(42).describe('Same seed, same split and same start.'),
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
