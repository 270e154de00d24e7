import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ErrorFilter } from './modules/http/error-filter.js';
import { AuthModule } from './modules/auth/auth.module.js';
import { GoldensModule } from './modules/goldens/goldens.module.js';
import { ImagePoolModule } from './modules/image-pool/image-pool.module.js';
import { OperationsModule } from './modules/operations/operations.module.js';
import { ManagementPagesModule } from './modules/pages/management.module.js';
import { PagesModule } from './modules/pages/pages.module.js';
import { PipelineModule } from './modules/pipeline/pipeline.module.js';
import { ResultsModule } from './modules/results/results.module.js';
import { TrainingApiModule } from './modules/training-api/training-api.module.js';

/** What the HTTP process is made of; the settings come from `CoreModule`, which the root adds. */
@Module({
  imports: [
    TrainingApiModule,
    ResultsModule,
    GoldensModule,
    OperationsModule,
    PagesModule,
    PipelineModule,
    ImagePoolModule,
    AuthModule,
    ManagementPagesModule,
  ],
  providers: [{ provide: APP_FILTER, useClass: ErrorFilter }],
})
export class AppModule {}
