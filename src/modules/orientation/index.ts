export type { OrientationClassDto, OrientationSampleDto, OrientationSamplesDto } from './orientation-dto.js';
export {
  OrientationAnswerEntity,
  OrientationDraftEntity,
  OrientationSampleEntity,
  TaskClassEntity,
} from './orientation.entities.js';
export { OrientationModule } from './orientation.module.js';
export { OrientationService } from './orientation.service.js';
