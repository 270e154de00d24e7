import { Injectable } from '@nestjs/common';
import type { StepContext } from '../../../common/index.js';
import { linkRawData, nameClasses, writeRejectedCsv, type RejectedFile } from '../../../dataset/index.js';
import { TaskClassEntity } from '../../orientation/orientation.entities.js';
import { readJsonl, writeJsonl } from '../jsonl.js';
import {
  loadClassified,
  workFiles,
  type CollectedImage,
  type PipelineStep,
  type StepInput,
  type StepOutcome,
} from '../step.js';

/** Links the classified images into raw_data/<class>/, lists what was set aside, and records the classes. */
@Injectable()
export class CollectStep implements PipelineStep {
  readonly name = 'collect';

  async run({ task, folder }: StepInput, ctx: StepContext): Promise<StepOutcome> {
    const images = await loadClassified(folder);
    const rawPaths = await linkRawData(images, folder, ctx);
    await writeJsonl(
      workFiles.collected(folder),
      images.map((image, i): CollectedImage => ({ ...image, rawPath: rawPaths[i]! })),
    );
    const rejected: RejectedFile[] = [];
    for (const path of [workFiles.scanRejections(folder), workFiles.metadataRejections(folder)])
      for await (const row of readJsonl<RejectedFile>(path)) rejected.push(row);
    await writeRejectedCsv(folder.rejectedCsv, rejected);

    const naming = nameClasses(images.map((image) => image.classKey));
    const rows = new Map(
      naming.folders.map((name) => [
        name,
        { taskId: task.id, folder: name, ...naming.keyOf(name)!, okCount: 0, ngCount: 0 },
      ]),
    );
    for (const image of images) {
      const row = rows.get(naming.folderOf(image.classKey))!;
      if (image.ok) row.okCount++;
      else row.ngCount++;
    }
    return {
      result: {
        images: images.length,
        classes: rows.size,
        rejected: rejected.length,
        rejectedByCode: countBy(rejected),
      },
      counts: { classes: rows.size, rejected: rejected.length },
      save: async ({ manager }) => {
        await manager.delete(TaskClassEntity, { taskId: task.id });
        await manager.insert(TaskClassEntity, [...rows.values()]);
      },
    };
  }
}

function countBy(rejected: readonly RejectedFile[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of rejected) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
