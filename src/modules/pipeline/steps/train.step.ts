import { Injectable } from '@nestjs/common';
import type { StepContext } from '../../../common/index.js';
import { runInChildProcess } from '../../../training/process/index.js';
import type { PipelineStep, StepInput, StepOutcome } from '../step.js';

/** Trains in a child process; an interrupted training goes on from its checkpoint. */
@Injectable()
export class TrainStep implements PipelineStep {
  readonly name = 'train';

  async run({ folder, config }: StepInput, ctx: StepContext): Promise<StepOutcome> {
    const result = await runInChildProcess({ kind: 'train', runFolder: folder.root, config, resume: true }, ctx);
    // The history lies in model/metrics.csv; the row keeps the outcome.
    const { history: _history, ...summary } = result;
    return { result: summary };
  }
}
