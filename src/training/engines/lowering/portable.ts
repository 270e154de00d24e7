import { combineRules, type LoweringRules } from './lowering.js';
import { PLAIN_CONVOLUTION_RULES } from './plain-convolution.js';
import { PLAIN_NORMALISATION_RULES } from './plain-normalisation.js';
import { STOCK_RULES } from './stock-kernels.js';

/** Standard ONNX only: runs on any execution provider and any ONNX runtime. */
export const PORTABLE_RULES: LoweringRules = combineRules(
  STOCK_RULES,
  PLAIN_CONVOLUTION_RULES,
  PLAIN_NORMALISATION_RULES,
);
