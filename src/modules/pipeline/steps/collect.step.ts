import { Injectable } from '@nestjs/common';
import type { StepContext } from '../../../common/index.js';
import {
  linkRawData,
  nameClasses,
  writeRejectedCsv,
  type ClassifiedImage,
  type RejectedFile,
} from '../../../dataset/index.js';
import { countAngles } from '../../../orientation/index.js';
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

    const rows = classRows(task.id, images);
    return {
      result: {
        images: images.length,
        classes: rows.length,
        rejected: rejected.length,
        rejectedByCode: countBy(rejected),
      },
      counts: { classes: rows.length, rejected: rejected.length },
      save: async ({ manager }) => {
        await manager.delete(TaskClassEntity, { taskId: task.id });
        await manager.insert(TaskClassEntity, rows);
      },
    };
  }
}

function classRows(taskId: string, images: readonly ClassifiedImage[]): TaskClassEntity[] {
  const naming = nameClasses(images.map((image) => image.classKey));
  const byFolder = new Map<string, ClassifiedImage[]>(naming.folders.map((folder) => [folder, []]));
  for (const image of images) byFolder.get(naming.folderOf(image.classKey))!.push(image);
  return naming.folders.map((folder) => {
    const own = byFolder.get(folder)!;
    const okCount = own.filter(({ ok }) => ok).length;
    const angles = countAngles(own.map(({ angleDeg }) => angleDeg));
    return { taskId, folder, ...naming.keyOf(folder)!, okCount, ngCount: own.length - okCount, angles };
  });
}

function countBy(rejected: readonly RejectedFile[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of rejected) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
