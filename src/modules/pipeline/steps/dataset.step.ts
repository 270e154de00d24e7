import { Injectable } from '@nestjs/common';
import type { StepContext } from '../../../common/index.js';
import { buildDataset } from '../../../orientation/index.js';
import { writeTaskRecord } from '../../../training/evaluation/index.js';
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
    await this.recordTask(task, folder.root);
    const { sources, images, groups, crossSplitEdges, digest } = certificate;
    return {
      result: { labels, sources, images, groups, crossSplitEdges, digest, meanStd, skippedClasses, skippedImages },
    };
  }

  /** So that a run folder alone tells who answered for it, also when the database is gone. */
  private async recordTask(task: StepInput['task'], runFolder: string): Promise<void> {
    const { confirmed_by, confirmed_at, classes } = await this.orientation.samples(task.id);
    await writeTaskRecord(runFolder, {
      version: 1,
      taskId: task.id,
      site: task.site,
      lineId: task.lineId,
      inputDir: task.inputDir,
      metadata: task.metadataCsv ?? "the site's own source",
      startedBy: task.createdBy,
      startedFrom: task.createdFrom,
      startedAt: task.createdAt.toISOString(),
      gate: {
        answeredBy: confirmed_by ?? 'unknown',
        answeredAt: confirmed_at ?? 'unknown',
        answers: Object.fromEntries(classes.map((one) => [one.class, one.answer])),
      },
    });
  }
}
