import { Module } from '@nestjs/common';
import { TasksModule } from '../tasks/tasks.module.js';
import { OrientationService } from './orientation.service.js';

@Module({ imports: [TasksModule], providers: [OrientationService], exports: [OrientationService] })
export class OrientationModule {}
