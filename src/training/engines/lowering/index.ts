export { CPU_PLAIN_RULES, cpuRules } from './cpu.js';
export { combineRules, lower, type LoweredGraph, type LoweringRules } from './lowering.js';
export { PORTABLE_RULES } from './portable.js';
