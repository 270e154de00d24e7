import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { StepContext } from '../../../common/index.js';
import { runInChildProcess } from '../../../training/process/index.js';
import { GoldenChanges } from '../../goldens/golden-changes.js';
import type { PipelineStep, StepInput, StepOutcome } from '../step.js';

/** Picks golden samples and measures the exported model, in a child process. */
@Injectable()
export class EvaluateStep implements PipelineStep {
  readonly name = 'evaluate';

  constructor(
    private readonly dataSource: DataSource,
    private readonly goldens: GoldenChanges,
  ) {}

  async run({ task, folder, config }: StepInput, ctx: StepContext): Promise<StepOutcome> {
    const goldenChoices = await this.goldens.inEffect(this.dataSource.manager, task.id);
    const job = { kind: 'evaluate', runFolder: folder.root, config, goldenChoices } as const;
    const summary = await runInChildProcess(job, ctx);
    return { result: { ...summary } };
  }
}
