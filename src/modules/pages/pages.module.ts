import { Module } from '@nestjs/common';
import { ImagePoolModule } from '../image-pool/index.js';
import { OperationsModule } from '../operations/operations.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { OrientationModule } from '../orientation/orientation.module.js';
import { ResultsModule } from '../results/results.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { GoldensModule } from '../goldens/index.js';
import { AssetsController } from './assets.controller.js';
import { PageAssets } from './page-assets.js';
import { ResultsPageController } from './results-page.controller.js';
import { DashboardController } from './dashboard.controller.js';
import { DashboardService } from './dashboard.service.js';
import { ImagesController } from './images.controller.js';
import { LanguageController } from './language.controller.js';
import { NewTrainingController } from './new-training.controller.js';
import { PagesController } from './pages.controller.js';
import { RejectedPageController } from './rejected-page.controller.js';
import { ViewRenderer } from './view-renderer.js';

@Module({
  imports: [
    TasksModule,
    OrientationModule,
    ResultsModule,
    PipelineModule,
    SettingsModule,
    GoldensModule,
    OperationsModule,
    ImagePoolModule,
  ],
  controllers: [
    DashboardController,
    NewTrainingController,
    ResultsPageController,
    ImagesController,
    PagesController,
    RejectedPageController,
    LanguageController,
    AssetsController,
  ],
  providers: [DashboardService, PageAssets, ViewRenderer],
  exports: [ViewRenderer],
})
export class PagesModule {}
