import { Injectable } from '@nestjs/common';
import { badInput, type StepContext } from '../../../common/index.js';
import type { RejectedFile } from '../../../dataset/index.js';
import { MetadataProbe } from '../../tasks/metadata-probe.js';
import { classifyImages } from '../ingest.js';
import { readJsonl, writeJsonl } from '../jsonl.js';
import { workFiles, type PipelineStep, type StepInput, type StepOutcome } from '../step.js';
import type { ReadableImage } from '../ingest.js';

/** Asks the factory's metadata for the product of every image; what it does not know is set aside. */
@Injectable()
export class ClassifyStep implements PipelineStep {
  readonly name = 'classify';

  constructor(private readonly metadata: MetadataProbe) {}

  async run({ task, folder }: StepInput, ctx: StepContext): Promise<StepOutcome> {
    const total = task.counts.readable ?? 0;
    const rejected: RejectedFile[] = [];
    const source = await this.metadata.open(task.site, task.metadataCsv);
    try {
      let seen = 0;
      const images = readJsonl<ReadableImage>(workFiles.images(folder));
      const place = { site: task.site, lineId: task.lineId };
      const classified = async function* (): AsyncGenerator<object> {
        for await (const entry of classifyImages(images, source, place, ctx.signal)) {
          seen++;
          if (seen % 100 === 0) ctx.onProgress({ fraction: seen / total, message: `${seen} of ${total} images` });
          if (entry.kind === 'image') yield entry.image;
          else rejected.push(entry.rejected);
        }
      };
      const count = await writeJsonl(workFiles.classified(folder), classified());
      await writeJsonl(workFiles.metadataRejections(folder), rejected);
      if (count === 0) throw noRowMatches(task.site, task.lineId, total, rejected);
      return {
        result: { classified: count, withoutMetadata: rejected.length },
        counts: { classified: count, withoutMetadata: rejected.length },
      };
    } finally {
      await source.close();
    }
  }
}

function noRowMatches(site: string, lineId: string, total: number, rejected: readonly RejectedFile[]): Error {
  const example = rejected[0];
  return badInput(
    'NO_ROW_MATCHES',
    `Expected rows of site ${site}, line ${lineId} in the metadata for at least one of ${total} images, got none; ` +
      `check site and line.${example ? ` The first: ${example.relativePath}: ${example.reason}` : ''}`,
    { site, lineId, images: total, examples: rejected.slice(0, 20) },
  );
}
