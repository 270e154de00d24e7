import { Injectable } from '@nestjs/common';
import type { StepContext } from '../../../common/index.js';
import { buildDataset } from '../../../orientation/index.js';
import { OrientationService } from '../../orientation/orientation.service.js';
import { loadCollected, type PipelineStep, type StepInput, type StepOutcome } from '../step.js';

/** Splits by source, turns every image four ways and writes the data set with its certificate. */
@Injectable()
export class DatasetStep implements PipelineStep {
  readonly name = 'dataset';

  constructor(private readonly orientation: OrientationService) {}

  async run({ task, folder, config }: StepInput, ctx: StepContext): Promise<StepOutcome> {
    const { certificate, meanStd, labels, skippedClasses, skippedImages } = await buildDataset(
      {
        runFolder: folder,
        inputDir: task.inputDir,
        images: await loadCollected(folder),
        answers: await this.orientation.answersByFolder(task.id),
        config: config.data,
        seed: config.experiment.seed,
      },
      ctx,
    );
    const { sources, images, groups, crossSplitEdges, digest } = certificate;
    return {
      result: { labels, sources, images, groups, crossSplitEdges, digest, meanStd, skippedClasses, skippedImages },
    };
  }
}
