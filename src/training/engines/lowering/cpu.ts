import { CPU_CONVOLUTION_RULES } from './cpu-convolution.js';
import { CPU_NORMALISATION_RULES } from './cpu-normalisation.js';
import { combineRules, type LoweringRules } from './lowering.js';
import { nchwcDepthwiseRules } from './nchwc-depthwise.js';
import { PORTABLE_RULES } from './portable.js';
import { probeBlockSize } from './probe-block-size.js';

/** ONNX Runtime's CPU provider without its internal blocked layout. */
export const CPU_PLAIN_RULES: LoweringRules = combineRules(
  PORTABLE_RULES,
  CPU_CONVOLUTION_RULES,
  CPU_NORMALISATION_RULES,
);

let probed: Promise<number | null> | undefined;

/** The fastest rules for this processor; the blocked layout's size is probed once. */
export async function cpuRules(): Promise<LoweringRules> {
  const blockSize = await (probed ??= probeBlockSize());
  return blockSize === null
    ? CPU_PLAIN_RULES
    : combineRules(CPU_PLAIN_RULES, nchwcDepthwiseRules(CPU_PLAIN_RULES, blockSize));
}
