import { Body, Controller, Get, Header, Param, Post, Query, Redirect, Req, Res } from '@nestjs/common';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { AppError } from '../../common/index.js';
import { REPORT_LANGUAGES } from '../../training/config.js';
import { actorOf } from '../http/actor-of.js';
import { parseQuery } from '../http/parse.js';
import { sendFile } from '../http/send-file.js';
import { OrientationService } from '../orientation/orientation.service.js';
import { ResultsService } from '../results/results.service.js';
import { TaskService } from '../tasks/task.service.js';
import { pageContext } from './i18n/index.js';
import { fieldOf, orientationView, symmetryFieldOf, type GateState, type MixedImage } from './orientation.view.js';
import { taskView } from './task.view.js';
import { ViewRenderer } from './view-renderer.js';
import { ApiExcludeController } from '@nestjs/swagger';
import { Access } from '../auth/access.js';

const CHART_JS = join(dirname(createRequire(import.meta.url).resolve('chart.js')), 'chart.umd.min.js');
/** Styles, font and pictures stand in the report itself; nothing runs and nothing is fetched. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";
const MOST_EVENTS = 5000;
const DAY_S = 86_400;
const reportQuery = z.object({ language: z.enum(REPORT_LANGUAGES).optional() });

/** The pages of one task: views/task.hbs and views/orientation.hbs, each with its view model beside this file. */
@ApiExcludeController()
@Controller()
export class PagesController {
  constructor(
    private readonly tasks: TaskService,
    private readonly orientation: OrientationService,
    private readonly results: ResultsService,
    private readonly views: ViewRenderer,
  ) {}

  @Access('viewer')
  @Get('tasks/:id')
  @Header('Content-Type', 'text/html; charset=utf-8')
  async task(@Param('id') id: string): Promise<string> {
    const events = await this.tasks.eventsSince(id, 0, MOST_EVENTS, ['epoch', 'log', 'state', 'step']);
    const task = await this.tasks.get(id);
    const result = task.status === 'completed' ? await this.results.result(id) : null;
    return this.views.render('task', taskView(task, events, result, pageContext().i18n));
  }

  /** Chart.js as it came from npm: the line has no internet. */
  @Access('public')
  @Get('vendor/chart.js')
  async chart(@Res() response: Response): Promise<void> {
    await sendFile(response, CHART_JS, { maxAgeS: DAY_S, public: true });
  }

  /**
   * The report in the browser; it brings its own style and pictures and needs nothing else. In the reader's language,
   * or as it was written where an earlier release did that and none other can be made.
   */
  @Access('viewer')
  @Get('tasks/:id/report')
  async report(@Param('id') id: string, @Query() query: unknown, @Res() response: Response): Promise<void> {
    const asked = parseQuery(reportQuery, query).language;
    const file = await this.results
      .download(id, 'report', asked ?? pageContext().i18n.language)
      .catch((error: unknown) => {
        const onlyStored = error instanceof AppError && error.code === 'REPORT_DATA_MISSING' && asked === undefined;
        if (onlyStored) return this.results.download(id, 'report');
        throw error;
      });
    response.setHeader('Content-Security-Policy', REPORT_POLICY);
    response.setHeader('Content-Type', file.mediaType);
    await sendFile(response, file.path);
  }

  @Access('admin')
  @Post('tasks/:id/delete')
  @Redirect()
  async delete(
    @Param('id') id: string,
    @Body() body: Record<string, unknown> | undefined,
    @Req() request: Request,
  ): Promise<{ url: string; statusCode: number }> {
    await this.results.delete(id, body?.delete_files !== undefined, actorOf(request));
    return { url: '/', statusCode: 303 };
  }

  @Access('engineer')
  @Post('tasks/:id/cancel')
  @Redirect()
  async cancel(@Param('id') id: string, @Req() request: Request): Promise<{ url: string; statusCode: number }> {
    const task = await this.tasks.cancel(id, actorOf(request));
    return { url: `/tasks/${task.task_id}`, statusCode: 303 };
  }

  @Access('engineer')
  @Post('tasks/:id/retry')
  @Redirect()
  async retry(@Param('id') id: string, @Req() request: Request): Promise<{ url: string; statusCode: number }> {
    const task = await this.tasks.retry(id, actorOf(request));
    return { url: `/tasks/${task.task_id}`, statusCode: 303 };
  }

  @Access('viewer')
  @Get('orientation/:id')
  @Header('Content-Type', 'text/html; charset=utf-8')
  async gate(@Param('id') id: string): Promise<string> {
    const samples = await this.orientation.samples(id);
    return this.views.render('orientation', orientationView(samples, pageContext().i18n, await this.hints(id)));
  }

  /** The gate's form, for browsers with and without scripts. */
  @Access('operator')
  @Post('orientation/:id')
  async answer(
    @Param('id') id: string,
    @Body() body: Record<string, unknown> | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const samples = await this.orientation.samples(id);
    const sent: Record<string, unknown> = {};
    for (const [index, one] of samples.classes.entries()) {
      const orientation = body?.[fieldOf(index)];
      if (orientation === undefined) continue;
      const symmetry = Number(body?.[symmetryFieldOf(index)] ?? 1);
      sent[one.class] = symmetry === 1 || orientation === 'skip' ? orientation : { orientation, symmetry };
    }
    try {
      await this.orientation.confirm(id, sent, actorOf(request));
      response.redirect(303, `/tasks/${samples.task_id}`);
    } catch (error) {
      if (!(error instanceof AppError) || error.kind === 'notFound') throw error;
      const late = error.kind === 'conflict';
      const again = late ? await this.orientation.samples(id) : samples;
      const state = late ? { late } : { sent, problems: [error.message], ...(await this.hints(id)) };
      response
        .status(error.httpStatus)
        .type('html')
        .send(this.views.render('orientation', orientationView(again, pageContext().i18n, state)));
    }
  }

  private async hints(taskId: string): Promise<Pick<GateState, 'mixed' | 'earlier'>> {
    const [mixed, earlier] = await Promise.all([this.mixed(taskId), this.orientation.earlierAnswers(taskId)]);
    return { mixed, earlier };
  }

  /** What the samples step noticed; tasks of an earlier release noticed nothing. */
  private async mixed(taskId: string): Promise<readonly MixedImage[]> {
    const { steps } = await this.tasks.get(taskId);
    return (steps.find(({ name }) => name === 'samples')?.result?.mixed ?? []) as readonly MixedImage[];
  }
}
