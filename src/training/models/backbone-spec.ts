import type { BackboneName } from '../config.js';

/** timm's names: conv-BN-act; Fused-MBConv; MBConv with squeeze-and-excitation. */
export type BlockKind = 'ConvBnAct' | 'EdgeResidual' | 'InvertedResidual';

/** One stage: only its first block changes stride and channels. */
export interface StageSpec {
  readonly block: BlockKind;
  readonly stride: 1 | 2;
  readonly expand: number;
  readonly outChannels: number;
  readonly repeats: number;
}

/** An EfficientNetV2-like trunk as stage list (Tan & Le 2021, as in timm with `features_only`). */
export interface BackboneSpec {
  readonly stemChannels: number;
  /** The local branch looks at the last stage but one, the global branch at the last. */
  readonly stages: readonly StageSpec[];
  readonly batchNormEps: number;
  /** Of stride-2 convolutions: PyTorch's symmetric 1, or TensorFlow's SAME. */
  readonly padding: 'symmetric' | 'same';
  /** Width D of the branches where the configuration does not say. */
  readonly defaultHiddenDim: number;
}

export const KERNEL_SIZE = 3;

type StageRow = readonly [
  kind: 'cn' | 'er' | 'ir',
  stride: 1 | 2,
  expand: number,
  outChannels: number,
  repeats: number,
];

const KIND: Readonly<Record<StageRow[0], BlockKind>> = {
  cn: 'ConvBnAct',
  er: 'EdgeResidual',
  ir: 'InvertedResidual',
};

function stages(...rows: StageRow[]): StageSpec[] {
  return rows.map(([kind, stride, expand, outChannels, repeats]) => ({
    block: KIND[kind],
    stride,
    expand,
    outChannels,
    repeats,
  }));
}

const PUBLISHED = { batchNormEps: 1e-5, padding: 'symmetric', defaultHiddenDim: 1280 } as const;

/** Stage tables of REFERENCE (a), checked against parameter counts; `tiny` is Polarline's own. */
export const BACKBONE_SPECS: Readonly<Record<BackboneName, BackboneSpec>> = {
  efficientnetv2_rw_s: {
    ...PUBLISHED,
    stemChannels: 24,
    stages: stages(
      ['er', 1, 1, 24, 2],
      ['er', 2, 4, 48, 4],
      ['er', 2, 4, 64, 4],
      ['ir', 2, 4, 128, 6],
      ['ir', 1, 6, 160, 9],
      ['ir', 2, 6, 272, 15],
    ),
  },
  efficientnetv2_s: {
    ...PUBLISHED,
    stemChannels: 24,
    stages: stages(
      ['cn', 1, 1, 24, 2],
      ['er', 2, 4, 48, 4],
      ['er', 2, 4, 64, 4],
      ['ir', 2, 4, 128, 6],
      ['ir', 1, 6, 160, 9],
      ['ir', 2, 6, 256, 15],
    ),
  },
  efficientnetv2_rw_t: {
    ...PUBLISHED,
    stemChannels: 24,
    stages: stages(
      ['cn', 1, 1, 24, 2],
      ['er', 2, 4, 40, 4],
      ['er', 2, 4, 48, 4],
      ['ir', 2, 4, 104, 6],
      ['ir', 1, 6, 128, 9],
      ['ir', 2, 6, 208, 14],
    ),
  },
  tf_efficientnetv2_b0: {
    ...PUBLISHED,
    batchNormEps: 1e-3,
    padding: 'same',
    stemChannels: 32,
    stages: stages(
      ['cn', 1, 1, 16, 1],
      ['er', 2, 4, 32, 2],
      ['er', 2, 4, 48, 2],
      ['ir', 2, 4, 96, 3],
      ['ir', 1, 6, 112, 5],
      ['ir', 2, 6, 192, 8],
    ),
  },
  /**
   * For parts of 32 to 96 px on a CPU: total stride 16 instead of 32 keeps 4 x 4 positions at 64 px, and all
   * work is in dense 3x3 convolutions, which processors like best (docs/models.md has the comparison).
   */
  tiny: {
    ...PUBLISHED,
    stemChannels: 16,
    defaultHiddenDim: 96,
    stages: stages(
      ['cn', 1, 1, 16, 1],
      ['er', 2, 3, 24, 1],
      ['er', 2, 3, 40, 2],
      ['er', 1, 2, 48, 1],
      ['er', 2, 2, 64, 2],
    ),
  },
};

/** Expanded width of a block, as timm's make_divisible(in * expand, 8): never below 90 %. */
export function expandedChannels(inChannels: number, expand: number): number {
  const wanted = inChannels * expand;
  const rounded = Math.max(8, Math.floor((wanted + 4) / 8) * 8);
  return rounded < 0.9 * wanted ? rounded + 8 : rounded;
}

/** Squeeze-and-excitation width: a quarter of the block's input, halves to even as Python rounds. */
export function squeezedChannels(blockInChannels: number): number {
  const quarter = blockInChannels / 4;
  const floor = Math.floor(quarter);
  const tie = quarter - floor === 0.5;
  return Math.max(1, tie ? floor + (floor % 2) : Math.round(quarter));
}
