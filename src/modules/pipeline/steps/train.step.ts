import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { StepContext } from '../../../common/index.js';
import { environment } from '../../../infra/config/index.js';
import { runInChildProcess } from '../../../training/process/index.js';
import { APP_CONFIG, type AppConfig } from '../../settings/app-settings.js';
import type { PipelineStep, StepInput, StepOutcome } from '../step.js';

/** Trains in a child process; an interrupted training goes on from its checkpoint. */
@Injectable()
export class TrainStep implements PipelineStep {
  readonly name = 'train';

  constructor(@Inject(APP_CONFIG) private readonly appConfig: AppConfig) {}

  async run({ folder, config }: StepInput, ctx: StepContext): Promise<StepOutcome> {
    const engineOptions = {
      blockedLayout: environment().blockedLayout,
      graphCacheFolder: join(this.appConfig.storage.dataFolder, 'cache', 'graphs'),
    };
    const result = await runInChildProcess(
      { kind: 'train', runFolder: folder.root, config, resume: true, engineOptions },
      ctx,
    );
    // The history lies in model/metrics.csv; the row keeps the outcome.
    const { history: _history, ...summary } = result;
    return { result: summary };
  }
}
