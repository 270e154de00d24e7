import { Inject, Injectable } from '@nestjs/common';
import { silentContext, type StepContext } from '../../common/index.js';
import { nameClasses, type ClassKey, type RejectedFile } from '../../dataset/index.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import { InputPolicy } from '../tasks/input-policy.js';
import { MetadataProbe } from '../tasks/metadata-probe.js';
import { classifyImages, countInput, readImages, type ReadableImage } from './ingest.js';
import type { CheckedClassDto, InputCheckDto, RejectionSummaryDto } from './input-check-dto.js';

export interface InputCheckSpec {
  readonly inputDir: string;
  readonly site: string;
  readonly lineId: string;
  readonly metadataCsv?: string | null;
}

const EXAMPLES = 5;

/** The dry run: what a task would use of a folder, and why not the rest. Writes nothing. */
@Injectable()
export class InputCheckService {
  constructor(
    private readonly policy: InputPolicy,
    private readonly metadata: MetadataProbe,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** @throws AppError (badInput) as a start would; files that cannot be used are no error but part of the result. */
  async check(spec: InputCheckSpec, ctx: StepContext = silentContext()): Promise<InputCheckDto> {
    const { limits } = this.config;
    const { inputDir } = await this.policy.check(spec.inputDir, null);
    const metadataCsv = spec.metadataCsv ? await this.policy.checkReadable(spec.metadataCsv, 'metadata_csv') : null;
    const source = await this.metadata.open(spec.site, metadataCsv);
    try {
      const files = await countInput(inputDir, { signal: ctx.signal, maxImages: limits.imagesPerTask });
      const tally = new Tally();
      const readable = async function* (): AsyncGenerator<ReadableImage> {
        let seen = 0;
        for await (const entry of readImages(inputDir, limits, ctx.signal)) {
          seen++;
          if (seen % 20 === 0) ctx.onProgress({ fraction: seen / files, message: `${seen} of ${files} files` });
          if (entry.kind === 'rejected') tally.reject(entry.rejected);
          else yield entry.image;
        }
      };
      for await (const entry of classifyImages(readable(), source, spec, ctx.signal))
        if (entry.kind === 'rejected') tally.reject(entry.rejected);
        else tally.accept(entry.image.classKey, entry.image.ok);
      ctx.onProgress({ fraction: 1 });
      return { input_dir: inputDir, site: spec.site, line_id: spec.lineId, ...tally.result(files) };
    } finally {
      await source.close();
    }
  }
}

/** Counts, without keeping the images. */
class Tally {
  private readonly rejections = new Map<
    string,
    { -readonly [K in keyof RejectionSummaryDto]: RejectionSummaryDto[K] }
  >();
  private readonly byStage = { name: 0, image: 0, metadata: 0 };
  private readonly classes = new Map<string, { key: ClassKey; ok: number; ng: number }>();

  reject({ relativePath, stage, code, reason }: RejectedFile): void {
    this.byStage[stage]++;
    const known = this.rejections.get(code) ?? { stage, code, count: 0, examples: [] };
    known.count++;
    if (known.examples.length < EXAMPLES) known.examples = [...known.examples, { file: relativePath, reason }];
    this.rejections.set(code, known);
  }

  accept(key: ClassKey, ok: boolean): void {
    const id = JSON.stringify([key.product, key.component, key.light]);
    const known = this.classes.get(id) ?? { key, ok: 0, ng: 0 };
    if (ok) known.ok++;
    else known.ng++;
    this.classes.set(id, known);
  }

  result(files: number): Pick<InputCheckDto, 'files' | 'parsed' | 'readable' | 'matched' | 'rejected' | 'classes'> {
    const parsed = files - this.byStage.name;
    const readable = parsed - this.byStage.image;
    const naming = nameClasses([...this.classes.values()].map(({ key }) => key));
    const classes = [...this.classes.values()]
      .map(({ key, ok, ng }): CheckedClassDto => ({ class: naming.folderOf(key), ...key, ok_count: ok, ng_count: ng }))
      .sort((a, b) => (a.class < b.class ? -1 : 1));
    const rejected = [...this.rejections.values()].sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
    return { files, parsed, readable, matched: readable - this.byStage.metadata, rejected, classes };
  }
}
