import {
  OrientationAnswerEntity,
  OrientationDraftEntity,
  OrientationSampleEntity,
  TaskClassEntity,
} from '../orientation/orientation.entities.js';
import { GoldenChangeEntity } from '../goldens/golden-change.entity.js';
import { ArtefactEntity } from '../results/artefact.entity.js';
import { AuditEntity } from '../audit/audit.entity.js';
import { ApiKeyEntity, SessionEntity, SignInFailureEntity, UserEntity } from '../auth/auth.entities.js';
import { PoolDownloadEntity } from '../image-pool/pool-download.entity.js';
import { PoolImageEntity } from '../image-pool/pool-image.entity.js';
import { ConfigVersionEntity } from '../settings/config-version.entity.js';
import { TaskEventEntity } from '../tasks/task-event.entity.js';
import { TaskStepEntity } from '../tasks/task-step.entity.js';
import { TaskEntity } from '../tasks/task.entity.js';
import { CreateConfigVersions1763643600000 } from './migrations/1763643600000-create-config-versions.js';
import { CreateUsers1763647200000 } from './migrations/1763647200000-create-users.js';
import { IndexEpochs1763650800000 } from './migrations/1763650800000-index-epochs.js';
import { CreateGoldenChanges1763661600000 } from './migrations/1763661600000-create-golden-changes.js';
import { IndexTaskLists1763654400000 } from './migrations/1763654400000-index-task-lists.js';
import { CreateTrash1763658000000 } from './migrations/1763658000000-create-trash.js';
import { CreateImagePool1763665200000 } from './migrations/1763665200000-create-image-pool.js';
import { AddMountingAngles1763668800000 } from './migrations/1763668800000-add-mounting-angles.js';
import { CreateTasks1763640000000 } from './migrations/1763640000000-create-tasks.js';

/** All tables of the service; the migrations alone create and change them. */
export const ENTITIES = [
  TaskEntity,
  TaskEventEntity,
  TaskStepEntity,
  TaskClassEntity,
  OrientationSampleEntity,
  OrientationAnswerEntity,
  OrientationDraftEntity,
  ArtefactEntity,
  ConfigVersionEntity,
  UserEntity,
  ApiKeyEntity,
  SessionEntity,
  SignInFailureEntity,
  AuditEntity,
  GoldenChangeEntity,
  PoolDownloadEntity,
  PoolImageEntity,
];

export const MIGRATIONS = [
  CreateTasks1763640000000,
  CreateConfigVersions1763643600000,
  CreateUsers1763647200000,
  IndexEpochs1763650800000,
  CreateGoldenChanges1763661600000,
  IndexTaskLists1763654400000,
  CreateTrash1763658000000,
  CreateImagePool1763665200000,
  AddMountingAngles1763668800000,
];
