export type { Actor } from './actor.js';
export { InputPolicy } from './input-policy.js';
export { startBodySchema, toStartSpec, type StartBody, type StartTaskSpec } from './start-request.js';
export type { TaskDetailDto, TaskDto, TaskEventDto, TaskPageDto, TaskStepDto } from './task-dto.js';
export { TaskEventEntity, TASK_EVENT_KINDS, type TaskEventKind } from './task-event.entity.js';
export type { TaskFilter } from './task-filter.js';
export {
  ENDED_STATUSES,
  LIVE_STATUSES,
  TASK_MOVES,
  TASK_STATUSES,
  WORKING_STATUSES,
  type TaskStatus,
} from './task-state.js';
export { TaskStepEntity } from './task-step.entity.js';
export { STEP_NAMES, STEPS, type JobName, type StepName } from './task-steps.js';
export { TaskStore } from './task-store.js';
export type { TaskError } from './task-error.js';
export { TaskEntity, type TaskCounts } from './task.entity.js';
export { TaskService } from './task.service.js';
export { TasksModule } from './tasks.module.js';
