import { Body, Controller, Get, Header, Param, Post, Query, Redirect, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { AppError } from '../../common/index.js';
import { actorOf } from '../http/actor-of.js';
import { parseQuery } from '../http/parse.js';
import { OrientationService } from '../orientation/orientation.service.js';
import { ResultsService } from '../results/results.service.js';
import { TaskService } from '../tasks/task.service.js';
import { dashboardView } from './dashboard.view.js';
import { fieldOf, orientationView } from './orientation.view.js';
import { taskView } from './task.view.js';
import { ViewRenderer } from './view-renderer.js';
import { ApiExcludeController } from '@nestjs/swagger';
import { Access } from '../auth/access.js';

const PAGE_SIZE = 50;
const MOST_EVENTS = 5000;
const dashboardQuery = z.object({ offset: z.coerce.number().int().min(0).max(10_000_000).default(0) });

/** The pages: views/dashboard.hbs, views/task.hbs and views/orientation.hbs, each with its view model beside this file. */
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
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  async dashboard(@Query() query: unknown): Promise<string> {
    const { offset } = parseQuery(dashboardQuery, query);
    const [page, waiting] = await Promise.all([
      this.tasks.list({ limit: PAGE_SIZE, offset }),
      this.tasks.list({ status: ['pending_orientation'], limit: 20 }),
    ]);
    return this.views.render('dashboard', dashboardView(page, waiting.tasks, new Date()));
  }

  @Access('viewer')
  @Get('tasks/:id')
  @Header('Content-Type', 'text/html; charset=utf-8')
  async task(@Param('id') id: string): Promise<string> {
    const events = await this.tasks.eventsSince(id, 0, MOST_EVENTS, ['epoch', 'log', 'state', 'step']);
    const task = await this.tasks.get(id);
    const result = task.status === 'completed' ? await this.results.result(id) : null;
    return this.views.render('task', taskView(task, events, result));
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
    return this.views.render('orientation', orientationView(await this.orientation.samples(id)));
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
      const value = body?.[fieldOf(index)];
      if (value !== undefined) sent[one.class] = value;
    }
    try {
      await this.orientation.confirm(id, sent, actorOf(request));
      response.redirect(303, `/tasks/${samples.task_id}`);
    } catch (error) {
      if (!(error instanceof AppError) || error.kind === 'notFound') throw error;
      const again = error.kind === 'conflict' ? await this.orientation.samples(id) : samples;
      const state = error.kind === 'conflict' ? { notice: error.message } : { sent, problems: [error.message] };
      response
        .status(error.httpStatus)
        .type('html')
        .send(this.views.render('orientation', orientationView(again, state)));
    }
  }
}
