export type { BufferSpec, ForwardInputs, ForwardOutputs, ModelDefinition, ParameterSpec } from './model.js';
export { BACKBONE_SPECS, type BackboneSpec, type BlockKind, type StageSpec } from './backbone-spec.js';
export { buildModel, resolveHiddenDim } from './build-model.js';
export { buildHoam, type HoamSpec } from './hoam.js';
