import { Module } from '@nestjs/common';
import { ConfigController } from '../config/config.controller.js';
import { EngineProbeService } from '../health/engine-probe.js';
import { HealthController } from '../health/health.controller.js';
import { HealthService } from '../health/health.service.js';
import { MachineService } from '../health/machine.service.js';
import { MaintenanceController } from '../maintenance/maintenance.controller.js';
import { MaintenanceModule } from '../maintenance/maintenance.module.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import { MetricsService } from '../metrics/metrics.service.js';
import { QueueModule } from '../queue/queue.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { StatisticsController } from '../statistics/statistics.controller.js';
import { StatisticsService } from '../statistics/statistics.service.js';
import { TasksModule } from '../tasks/tasks.module.js';

/** What those who run the service look at: health, figures, configuration. */
@Module({
  imports: [QueueModule, SettingsModule, TasksModule, MaintenanceModule],
  controllers: [HealthController, MetricsController, StatisticsController, ConfigController, MaintenanceController],
  providers: [HealthService, MetricsService, StatisticsService, EngineProbeService, MachineService],
  exports: [StatisticsService, HealthService, MachineService],
})
export class OperationsModule {}
