import { Module } from '@nestjs/common';
import { TrainConfigService } from './train-config.service.js';

/** What the roots loaded (see `CoreModule`) and what new tasks train with. */
@Module({ providers: [TrainConfigService], exports: [TrainConfigService] })
export class SettingsModule {}
