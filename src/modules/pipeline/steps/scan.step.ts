import { mkdir } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { badInput, type StepContext } from '../../../common/index.js';
import type { RejectedFile } from '../../../dataset/index.js';
import { PoolPlacement } from '../../image-pool/pool-placement.js';
import { APP_CONFIG, type AppConfig } from '../../settings/app-settings.js';
import { countInput, readImages, type ReadableImage } from '../ingest.js';
import { writeJsonl } from '../jsonl.js';
import { workFiles, type PipelineStep, type StepInput, type StepOutcome } from '../step.js';

/** Reads every input file to its end; what cannot be used is set aside with its reason. */
@Injectable()
export class ScanStep implements PipelineStep {
  readonly name = 'scan';

  constructor(
    private readonly pool: PoolPlacement,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  async run({ task, folder }: StepInput, ctx: StepContext): Promise<StepOutcome> {
    const { signal } = ctx;
    const { limits } = this.config;
    await mkdir(folder.root, { recursive: true });
    await this.pool.settleInput(task.inputDir);
    const total = await countInput(task.inputDir, { signal, maxImages: limits.imagesPerTask });
    const rejected: RejectedFile[] = [];
    const images = async function* (): AsyncGenerator<ReadableImage> {
      let seen = 0;
      for await (const entry of readImages(task.inputDir, limits, signal)) {
        seen++;
        if (seen % 20 === 0) ctx.onProgress({ fraction: seen / total, message: `${seen} of ${total} files` });
        if (entry.kind === 'image') yield entry.image;
        else rejected.push(entry.rejected);
      }
    };
    const readable = await writeJsonl(workFiles.images(folder), images());
    await writeJsonl(workFiles.scanRejections(folder), rejected);
    if (readable === 0)
      throw badInput(
        'NO_READABLE_IMAGE',
        `${task.inputDir}: expected images named <timestamp14>_<board>@<component>_<index>_<light>.jpg, got ${total} files of which none can be used; the first: ${rejected[0]?.relativePath ?? 'none'}: ${rejected[0]?.reason ?? ''}`,
        { files: total, examples: rejected.slice(0, 20) },
      );
    return {
      result: { files: total, readable, rejected: rejected.length },
      counts: { scanned: total, readable, rejected: rejected.length },
    };
  }
}
