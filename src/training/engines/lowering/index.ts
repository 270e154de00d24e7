export { combineRules, lower, type LoweredGraph, type LoweringRules } from './lowering.js';
export { PORTABLE_RULES } from './portable.js';
