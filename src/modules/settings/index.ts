export { APP_CONFIG, LOGGER, SITES, WORKER_ID, type Logger } from './app-settings.js';
export type { ServiceOptions, WorkerOptions } from './service-options.js';
export { SettingsModule } from './settings.module.js';
export { layOver, TRAIN_CONFIG_BLOCKS, TrainConfigService, type TrainConfigOverrides } from './train-config.service.js';
