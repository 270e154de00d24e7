export type { CheckedClassDto, InputCheckDto, RejectionSummaryDto } from './input-check-dto.js';
export { InputCheckService, type InputCheckSpec } from './input-check.service.js';
export { PipelineModule } from './pipeline.module.js';
