import { Injectable } from '@nestjs/common';
import type { TrainConfig } from '../../training/config.js';
import { assertInScope } from '../auth/access-scope.js';
import { TrainConfigService } from '../settings/train-config.service.js';
import { InputPolicy } from './input-policy.js';
import { MetadataProbe } from './metadata-probe.js';
import type { StartTaskSpec } from './start-request.js';

/** A request that may become a task. */
export interface CheckedStart {
  readonly inputDir: string;
  readonly outputDir: string;
  readonly metadataCsv: string | null;
  readonly config: TrainConfig;
}

/** Everything that can be checked at once before a task exists. */
@Injectable()
export class StartChecks {
  constructor(
    private readonly policy: InputPolicy,
    private readonly trainConfig: TrainConfigService,
    private readonly probe: MetadataProbe,
  ) {}

  /** Tasks that may wait in line at most. */
  get waitingTasks(): number {
    return this.policy.limits.waitingTasks;
  }

  /** @throws AppError (badInput) for folders, site, its database, or configuration; (forbidden) for another's line. */
  async check(spec: StartTaskSpec): Promise<CheckedStart> {
    assertInScope(spec);
    const config = await this.trainConfig.resolve(spec.config, spec.seed);
    const folders = await this.policy.check(spec.inputDir, spec.outputDir);
    const metadataCsv = spec.metadataCsv ? await this.policy.checkReadable(spec.metadataCsv, 'metadata_csv') : null;
    await this.probe.check(spec.site, metadataCsv);
    return { ...folders, metadataCsv, config };
  }
}
