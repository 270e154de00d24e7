export { GoldenChangeEntity } from './golden-change.entity.js';
export { GoldenChanges } from './golden-changes.js';
export type { GoldenCandidatesDto, GoldenDto, GoldenSetDto } from './golden-dto.js';
export { GoldenService } from './golden.service.js';
export { GoldensModule } from './goldens.module.js';
