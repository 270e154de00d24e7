import { Module } from '@nestjs/common';
import { TrainingPresets } from './training-presets.js';
import { TrainConfigService } from './train-config.service.js';

/** What the roots loaded (see `CoreModule`) and what new tasks train with. */
@Module({ providers: [TrainConfigService, TrainingPresets], exports: [TrainConfigService, TrainingPresets] })
export class SettingsModule {}
