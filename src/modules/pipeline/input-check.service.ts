import { Inject, Injectable } from '@nestjs/common';
import { AppError, silentContext, type StepContext } from '../../common/index.js';
import { nameClasses, type ClassKey, type RejectedFile } from '../../dataset/index.js';
import { assertInScope } from '../auth/access-scope.js';
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
const SAMPLES = 3;
/** Every image is decoded, in the process that also serves pages: only so many callers at a time. */
const MOST_CHECKS = 2;

/** The dry run: what a task would use of a folder, and why not the rest. Writes nothing. */
@Injectable()
export class InputCheckService {
  private underway = 0;

  constructor(
    private readonly policy: InputPolicy,
    private readonly metadata: MetadataProbe,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /**
   * The same for somebody on the network: within their scope, stopped when they go, and not all at once.
   * @throws AppError `OUT_OF_SCOPE` (forbidden), `CHECKS_BUSY` (tooMany)
   */
  async checkForCaller(spec: InputCheckSpec, signal: AbortSignal): Promise<InputCheckDto> {
    assertInScope(spec);
    if (this.underway >= MOST_CHECKS)
      throw new AppError(
        'tooMany',
        'CHECKS_BUSY',
        `Expected fewer than ${MOST_CHECKS} dry runs under way, got ${this.underway}; try again when one is done.`,
      );
    this.underway++;
    try {
      return await this.check(spec, { ...silentContext(), signal });
    } finally {
      this.underway--;
    }
  }

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
        else tally.accept(entry.image.classKey, entry.image);
      ctx.onProgress({ fraction: 1 });
      return { input_dir: inputDir, site: spec.site, line_id: spec.lineId, ...tally.result(files) };
    } finally {
      await source.close();
    }
  }
}

interface CheckedClass {
  readonly key: ClassKey;
  readonly samples: string[];
  ok: number;
  ng: number;
}

/** Counts, without keeping the images. */
class Tally {
  private readonly rejections = new Map<
    string,
    { -readonly [K in keyof RejectionSummaryDto]: RejectionSummaryDto[K] }
  >();
  private readonly byStage = { name: 0, image: 0, metadata: 0 };
  private readonly classes = new Map<string, CheckedClass>();

  reject({ relativePath, stage, code, reason }: RejectedFile): void {
    this.byStage[stage]++;
    const known = this.rejections.get(code) ?? { stage, code, count: 0, examples: [] };
    known.count++;
    if (known.examples.length < EXAMPLES) known.examples = [...known.examples, { file: relativePath, reason }];
    this.rejections.set(code, known);
  }

  accept(key: ClassKey, { ok, relativePath }: { readonly ok: boolean; readonly relativePath: string }): void {
    const id = JSON.stringify([key.product, key.component, key.light]);
    const known = this.classes.get(id) ?? { key, ok: 0, ng: 0, samples: [] };
    // Good pictures come first, so NG ones are shown only where a class has no others.
    if (known.samples.length < SAMPLES && (ok || known.ok === 0)) known.samples.push(relativePath);
    if (ok) known.ok++;
    else known.ng++;
    this.classes.set(id, known);
  }

  result(files: number): Pick<InputCheckDto, 'files' | 'parsed' | 'readable' | 'matched' | 'rejected' | 'classes'> {
    const parsed = files - this.byStage.name;
    const readable = parsed - this.byStage.image;
    const naming = nameClasses([...this.classes.values()].map(({ key }) => key));
    const classes = [...this.classes.values()]
      .map(({ key, ok, ng, samples }): CheckedClassDto => ({
        class: naming.folderOf(key),
        ...key,
        ok_count: ok,
        ng_count: ng,
        samples,
      }))
      .sort((a, b) => (a.class < b.class ? -1 : 1));
    const rejected = [...this.rejections.values()].sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
    return { files, parsed, readable, matched: readable - this.byStage.metadata, rejected, classes };
  }
}
