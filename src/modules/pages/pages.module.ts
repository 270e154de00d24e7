import { Module } from '@nestjs/common';
import { OrientationModule } from '../orientation/orientation.module.js';
import { ResultsModule } from '../results/results.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { PagesController } from './pages.controller.js';
import { ViewRenderer } from './view-renderer.js';

@Module({
  imports: [TasksModule, OrientationModule, ResultsModule],
  controllers: [PagesController],
  providers: [ViewRenderer],
  exports: [ViewRenderer],
})
export class PagesModule {}
