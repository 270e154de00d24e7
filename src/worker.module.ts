import { Module } from '@nestjs/common';
import { PipelineModule } from './modules/pipeline/pipeline.module.js';

/** What a worker process is made of. */
@Module({ imports: [PipelineModule] })
export class WorkerModule {}
