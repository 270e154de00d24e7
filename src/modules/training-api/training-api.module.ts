import { Module } from '@nestjs/common';
import { OrientationController } from '../orientation/orientation.controller.js';
import { OrientationModule } from '../orientation/orientation.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { EventsController } from './events.controller.js';
import { TrainingController } from './training.controller.js';

/** REST for programs. */
@Module({
  imports: [TasksModule, OrientationModule],
  controllers: [TrainingController, EventsController, OrientationController],
})
export class TrainingApiModule {}
