import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Header, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { AppError, badInput } from '../../common/index.js';
import type { TrainConfig } from '../../training/config.js';
import { Access } from '../auth/access.js';
import { currentScope } from '../auth/access-scope.js';
import { actorOf } from '../http/actor-of.js';
import { parseQuery } from '../http/parse.js';
import { InputCheckService, type InputCheckDto } from '../pipeline/index.js';
import { SITES, type SitesFile } from '../settings/app-settings.js';
import { TrainConfigService } from '../settings/train-config.service.js';
import { TrainingPresets } from '../settings/training-presets.js';
import { TaskService } from '../tasks/task.service.js';
import { untilGone } from '../training-api/input.controller.js';
import { pageContext } from './i18n/index.js';
import { newTrainingView, type NewTrainingState, type TrainingSource } from './new-training.view.js';
import { settingsOfForm } from './setting-fields.js';
import { ViewRenderer } from './view-renderer.js';

const text = z.string().max(4096).default('');
const querySchema = z.object({
  input_dir: text,
  site: text,
  line_id: text,
  metadata_csv: text,
  output_dir: text,
  preset: text,
  from: text,
});
const formSchema = querySchema
  .extend({ action: z.enum(['check', 'resolve', 'start']), request_key: z.string().max(100).default('') })
  .loose();
type Form = z.output<typeof formSchema>;

const LINES_FROM_TASKS = 200;

/** The page that starts a training: views/new-training.hbs and new-training.view.ts. */
@ApiExcludeController()
@Controller('train/new')
export class NewTrainingController {
  constructor(
    private readonly tasks: TaskService,
    private readonly checks: InputCheckService,
    private readonly trainConfig: TrainConfigService,
    private readonly presets: TrainingPresets,
    private readonly views: ViewRenderer,
    @Inject(SITES) private readonly sites: SitesFile,
  ) {}

  @Access('engineer')
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  async show(@Query() query: unknown): Promise<string> {
    const wish = parseQuery(querySchema, query);
    const earlier = wish.from === '' ? null : await this.tasks.find(wish.from);
    const source = sourceOf(wish);
    return this.render({
      ...(await this.common(wish)),
      source:
        earlier === null
          ? source
          : {
              inputDir: source.inputDir || earlier.inputDir,
              site: source.site || earlier.site,
              lineId: source.lineId || earlier.lineId,
              metadataCsv: source.metadataCsv || (earlier.metadataCsv ?? ''),
              outputDir: source.outputDir,
            },
      config: await this.baseConfig(wish),
    });
  }

  /** Check, resolve or start, as the button says; a form that cannot start comes back with what is wrong. */
  @Access('engineer')
  @Post()
  async send(@Body() body: unknown, @Req() request: Request, @Res() response: Response): Promise<void> {
    const form = parseQuery(formSchema, body);
    const wishes = settingsOfForm(form);
    const problems: string[] = [];
    const noting = async <T>(work: () => Promise<T>): Promise<T | null> => {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof AppError) || error.kind === 'internal') throw error;
        const listed = error.details.problems;
        problems.push(...(Array.isArray(listed) ? listed.map(String) : [error.message]));
        return null;
      }
    };
    const config = await noting(() => this.resolved(form));
    let check: InputCheckDto | null = null;
    if (form.action === 'check') check = await noting(() => this.check(form, response));
    if (form.action === 'start' && config !== null) {
      const task = await noting(async () => {
        const spec = { ...startSpec(form), config: wishes ?? config, idempotencyKey: form.request_key || null };
        return this.tasks.start(spec, actorOf(request));
      });
      if (task !== null) return response.redirect(303, `/tasks/${task.task_id}`);
    }
    if (response.closed) return;
    const page = await this.render({
      ...(await this.common(form)),
      source: sourceOf(form),
      config: config ?? (await this.baseConfig(form)),
      sent: form,
      problems,
      check,
    });
    response
      .status(problems.length > 0 && form.action === 'start' ? 400 : 200)
      .type('html')
      .send(page);
  }

  private async check(form: Form, response: Response): Promise<InputCheckDto> {
    const { inputDir, site, lineId, metadataCsv } = startSpec(form);
    return this.checks.checkForCaller({ inputDir, site, lineId, metadataCsv }, untilGone(response));
  }

  /** The configuration that the form asks for. @throws AppError `CONFIG_INVALID` */
  private async resolved(form: Form): Promise<TrainConfig> {
    const wishes = settingsOfForm(form);
    return wishes === null ? this.baseConfig(form) : this.trainConfig.resolve(wishes);
  }

  private async baseConfig({ preset, from }: { preset: string; from: string }): Promise<TrainConfig> {
    if (from !== '') return (await this.tasks.find(from)).config;
    const named = (await this.presets.list()).find(({ name }) => name === preset);
    return named?.config ?? this.trainConfig.resolve();
  }

  private async common({ preset, from }: { preset: string; from: string }) {
    const scope = currentScope();
    const { tasks } = await this.tasks.list({ limit: LINES_FROM_TASKS });
    return {
      preset,
      from,
      presets: await this.presets.list(),
      sites: this.sites.siteNames.filter((site) => scope.sites?.includes(site) ?? true),
      lines: scope.lines ?? [...new Set(tasks.map(({ line_id: line }) => line))].sort(),
      requestKey: randomUUID(),
    };
  }

  private async render(state: NewTrainingState): Promise<string> {
    return this.views.render('new-training', newTrainingView(state, pageContext().i18n));
  }
}

function sourceOf(wish: z.output<typeof querySchema>): TrainingSource {
  return {
    inputDir: wish.input_dir.trim(),
    site: wish.site.trim(),
    lineId: wish.line_id.trim(),
    metadataCsv: wish.metadata_csv.trim(),
    outputDir: wish.output_dir.trim(),
  };
}

/** Empty optional fields are no wish. */
function startSpec(form: Form) {
  const { metadataCsv, outputDir, ...needed } = sourceOf(form);
  for (const [key, value] of Object.entries({ input_dir: needed.inputDir, site: needed.site, line_id: needed.lineId }))
    if (value === '') throw badInput('FIELD_EMPTY', `${key}: expected a value, got an empty field.`);
  return { ...needed, metadataCsv: metadataCsv || null, outputDir: outputDir || null };
}
