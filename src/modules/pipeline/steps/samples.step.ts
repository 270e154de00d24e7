import { Inject, Injectable } from '@nestjs/common';
import { badInput, type StepContext } from '../../../common/index.js';
import { chooseSamples, findMixedOrientationSuspects } from '../../../orientation/index.js';
import { OrientationSampleEntity } from '../../orientation/orientation.entities.js';
import { APP_CONFIG, type AppConfig } from '../../settings/app-settings.js';
import { loadCollected, type PipelineStep, type StepInput, type StepOutcome } from '../step.js';

/** Named on the gate's page; a class with more is warned about all the same. */
const MOST_SUSPECTS = 500;

/** Chooses the pictures by which a person tells each class's orientation. */
@Injectable()
export class SamplesStep implements PipelineStep {
  readonly name = 'samples';

  constructor(@Inject(APP_CONFIG) private readonly config: AppConfig) {}

  async run({ task, folder }: StepInput, ctx: StepContext): Promise<StepOutcome> {
    const images = await loadCollected(folder);
    ctx.signal.throwIfAborted();
    const rawPathOf = new Map(images.map((image) => [image.relativePath, image.rawPath]));
    const classes = chooseSamples(images, this.config.orientation.samplesPerClass);
    if (classes.length === 0)
      throw badInput(
        'NO_GOOD_IMAGE',
        `${task.inputDir}: expected at least one usable image of a good part under OK/, got NG images only.`,
        { inputDir: task.inputDir },
      );
    const suspects = await findMixedOrientationSuspects(images, { signal: ctx.signal });
    const mixed = suspects
      .slice(0, MOST_SUSPECTS)
      .map(({ folder, image }) => ({ folder, file: rawPathOf.get(image.relativePath)!.split('/').at(-1)! }));
    const rows = classes.flatMap((one) =>
      one.samples.map((sample, position) => {
        const path = rawPathOf.get(sample.image.relativePath)!;
        return { taskId: task.id, folder: one.folder, position, path, fileName: path.split('/').at(-1)! };
      }),
    );
    return {
      result: { classes: classes.length, samples: rows.length, mixed },
      save: async ({ manager }) => {
        await manager.delete(OrientationSampleEntity, { taskId: task.id });
        await manager.insert(OrientationSampleEntity, rows);
      },
    };
  }
}
