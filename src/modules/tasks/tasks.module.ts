import { Module } from '@nestjs/common';
import { PoolPlacementModule } from '../image-pool/pool-placement.module.js';
import { LeasesModule } from '../leases/index.js';
import { QueueModule } from '../queue/queue.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { InputFolders } from './input-folders.js';
import { InputPolicy } from './input-policy.js';
import { MetadataProbe } from './metadata-probe.js';
import { StartChecks } from './start-checks.js';
import { TaskDetails } from './task-details.js';
import { TaskEventFeed } from './task-event-feed.js';
import { TaskList } from './task-list.js';
import { TaskService } from './task.service.js';
import { TaskStore } from './task-store.js';

@Module({
  imports: [LeasesModule, PoolPlacementModule, QueueModule, SettingsModule],
  providers: [
    TaskStore,
    TaskService,
    TaskEventFeed,
    InputPolicy,
    InputFolders,
    MetadataProbe,
    StartChecks,
    TaskList,
    TaskDetails,
  ],
  exports: [
    LeasesModule,
    PoolPlacementModule,
    TaskStore,
    TaskService,
    TaskEventFeed,
    InputPolicy,
    InputFolders,
    MetadataProbe,
  ],
})
export class TasksModule {}
