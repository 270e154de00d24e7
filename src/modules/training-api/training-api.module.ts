import { Module } from '@nestjs/common';
import { OrientationController } from '../orientation/orientation.controller.js';
import { OrientationModule } from '../orientation/orientation.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { ThumbnailsModule } from '../thumbnails/index.js';
import { EventsController } from './events.controller.js';
import { InputController } from './input.controller.js';
import { TrainingController } from './training.controller.js';

/** REST for programs. */
@Module({
  imports: [TasksModule, OrientationModule, PipelineModule, ThumbnailsModule],
  controllers: [TrainingController, EventsController, InputController, OrientationController],
})
export class TrainingApiModule {}
