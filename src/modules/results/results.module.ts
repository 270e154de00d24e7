import { Module } from '@nestjs/common';
import { TasksModule } from '../tasks/tasks.module.js';
import { ThumbnailsModule } from '../thumbnails/index.js';
import { ResultDetailsService } from './result-details.service.js';
import { ResultsController } from './results.controller.js';
import { ResultsService } from './results.service.js';

@Module({
  imports: [TasksModule, ThumbnailsModule],
  controllers: [ResultsController],
  providers: [ResultsService, ResultDetailsService],
  exports: [ResultsService, ResultDetailsService],
})
export class ResultsModule {}
