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

/** The fastest rules for this processor; the blocked layout's size is probed once. */
export async function cpuRules(): Promise<LoweringRules> {
  const blockSize = await (probed ??= probeBlockSize());
  return blockSize === null ? CPU_PLAIN_RULES : blockedRules(blockSize);
}

function blockedRules(blockSize: number): LoweringRules {
  const plain = combineRules(PORTABLE_RULES, CPU_CONVOLUTION_RULES, CPU_NORMALISATION_RULES);
  const dense = combineRules(plain, nchwcDenseRules(plain, blockSize));
  return scaled(combineRules(dense, nchwcDepthwiseRules(dense, blockSize)));
}

function scaled(rules: LoweringRules): LoweringRules {
  return combineRules(rules, withScaledGradients(rules));
}
