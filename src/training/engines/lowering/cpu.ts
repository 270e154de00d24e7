import { CPU_CONVOLUTION_RULES } from './cpu-convolution.js';
import { CPU_NORMALISATION_RULES } from './cpu-normalisation.js';
import { combineRules, type LoweringRules } from './lowering.js';
import { nchwcDenseRules } from './nchwc-dense.js';
import { nchwcDepthwiseRules } from './nchwc-depthwise.js';
import { PORTABLE_RULES } from './portable.js';
import { probeBlockSize } from './probe-block-size.js';
import { withScaledGradients } from './scaled-gradients.js';

/** ONNX Runtime's CPU provider without its internal blocked layout. */
export const CPU_PLAIN_RULES: LoweringRules = scaled(
  combineRules(PORTABLE_RULES, CPU_CONVOLUTION_RULES, CPU_NORMALISATION_RULES),
);

let probed: Promise<number | null> | undefined;

export interface CpuLowering {
  /** Tells lowerings apart, with the block size that was found. */
  readonly name: string;
  readonly rules: LoweringRules;
}

/** The fastest rules for this processor, its block size probed once; the plain ones where `blockedLayout` is false. */
export async function cpuLowering({ blockedLayout = true } = {}): Promise<CpuLowering> {
  const blockSize = blockedLayout ? await (probed ??= probeBlockSize()) : null;
  return blockSize === null
    ? { name: 'plain', rules: CPU_PLAIN_RULES }
    : { name: `blocks of ${blockSize}`, rules: blockedRules(blockSize) };
}

/** The rules alone. */
export async function cpuRules(): Promise<LoweringRules> {
  return (await cpuLowering()).rules;
}

function blockedRules(blockSize: number): LoweringRules {
  const plain = combineRules(PORTABLE_RULES, CPU_CONVOLUTION_RULES, CPU_NORMALISATION_RULES);
  const dense = combineRules(plain, nchwcDenseRules(plain, blockSize));
  return scaled(combineRules(dense, nchwcDepthwiseRules(dense, blockSize)));
}

function scaled(rules: LoweringRules): LoweringRules {
  return combineRules(rules, withScaledGradients(rules));
}
