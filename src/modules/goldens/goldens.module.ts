import { Module } from '@nestjs/common';
import { TasksModule } from '../tasks/tasks.module.js';
import { ThumbnailsModule } from '../thumbnails/index.js';
import { GoldenChanges } from './golden-changes.js';
import { GoldenController } from './golden.controller.js';
import { GoldenService } from './golden.service.js';

@Module({
  imports: [TasksModule, ThumbnailsModule],
  controllers: [GoldenController],
  providers: [GoldenChanges, GoldenService],
  exports: [GoldenChanges, GoldenService],
})
export class GoldensModule {}
