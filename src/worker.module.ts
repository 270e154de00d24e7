import { Module } from '@nestjs/common';
import { MaintenanceModule } from './modules/maintenance/maintenance.module.js';
import { PipelineModule } from './modules/pipeline/pipeline.module.js';

/** What a worker process is made of. */
@Module({ imports: [PipelineModule, MaintenanceModule] })
export class WorkerModule {}
