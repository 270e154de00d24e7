import { Injectable } from '@nestjs/common';
import type { StepContext } from '../../../common/index.js';
import { runInChildProcess } from '../../../training/process/index.js';
import type { PipelineStep, StepInput, StepOutcome } from '../step.js';

/** Picks golden samples and measures the exported model, in a child process. */
@Injectable()
export class EvaluateStep implements PipelineStep {
  readonly name = 'evaluate';

  async run({ folder, config }: StepInput, ctx: StepContext): Promise<StepOutcome> {
    const summary = await runInChildProcess({ kind: 'evaluate', runFolder: folder.root, config }, ctx);
    return { result: { ...summary } };
  }
}
