export { halfPrecisionRules } from './half-precision.js';
export { CPU_PLAIN_RULES, cpuLowering, cpuRules, type CpuLowering } from './cpu.js';
export { combineRules, lower, type LoweredGraph, type LoweringRules } from './lowering.js';
export { PORTABLE_RULES } from './portable.js';
