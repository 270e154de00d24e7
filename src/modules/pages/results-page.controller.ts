import { Body, Controller, Get, Header, Param, Post, Query, Redirect, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { AppError } from '../../common/index.js';
import { Access } from '../auth/access.js';
import { GoldenService } from '../goldens/index.js';
import { actorOf } from '../http/actor-of.js';
import { parseBody, parseQuery } from '../http/parse.js';
import { ResultDetailsService } from '../results/result-details.service.js';
import { toTaskDto } from '../tasks/task-dto.js';
import { TaskService } from '../tasks/task.service.js';
import { compareView } from './compare.view.js';
import { goldenSwapView } from './golden-swap.view.js';
import { pageContext } from './i18n/index.js';
import { resultImagesView } from './result-images.view.js';
import { resultsView } from './results.view.js';
import { ViewRenderer } from './view-renderer.js';

const HTML = 'text/html; charset=utf-8';
const IMAGES_A_PAGE = 48;
const CANDIDATES_A_PAGE = 48;
const MOST_OTHERS = 50;

const text = z.string().max(300).default('');
const offset = z.coerce.number().int().min(0).max(10_000_000).default(0);
const imagesQuery = z.object({
  true: text,
  pred: text,
  product: text,
  component: text,
  light: text,
  wrong: text,
  offset,
});
const goldenQuery = z.object({ golden: z.string().min(1).max(500), offset });
const swapForm = z.object({
  golden: z.string().min(1).max(500),
  image: z.string().max(2000),
  reason: z.string().max(500).default(''),
});
const compareQuery = z.object({ a: z.string().max(100), b: z.string().max(100) });

/** What a completed task came to: results, its images, swapping a golden sample, and two tasks side by side. */
@ApiExcludeController()
@Controller()
export class ResultsPageController {
  constructor(
    private readonly tasks: TaskService,
    private readonly details: ResultDetailsService,
    private readonly goldens: GoldenService,
    private readonly views: ViewRenderer,
  ) {}

  @Access('viewer')
  @Get('tasks/:id/results')
  @Header('Content-Type', HTML)
  async results(@Param('id') id: string): Promise<string> {
    const details = await this.details.details(id);
    const [goldens, others] = await Promise.all([
      this.goldens.view(id),
      this.tasks.list({ status: ['completed'], limit: MOST_OTHERS }),
    ]);
    const view = resultsView(toTaskDto(details.task), details, goldens, others.tasks, pageContext().i18n);
    return this.views.render('results', view);
  }

  @Access('viewer')
  @Get('tasks/:id/results/images')
  @Header('Content-Type', HTML)
  async images(@Param('id') id: string, @Query() query: unknown): Promise<string> {
    const asked = parseQuery(imagesQuery, query);
    const page = await this.details.answers(id, {
      trueClass: asked.true || undefined,
      predictedClass: asked.pred || undefined,
      product: asked.product || undefined,
      component: asked.component || undefined,
      light: asked.light || undefined,
      onlyWrong: asked.wrong !== '',
      limit: IMAGES_A_PAGE,
      offset: asked.offset,
    });
    const task = toTaskDto(await this.tasks.find(id));
    return this.views.render('result-images', resultImagesView(task, page, asked, IMAGES_A_PAGE, pageContext().i18n));
  }

  @Access('engineer')
  @Get('tasks/:id/results/golden')
  @Header('Content-Type', HTML)
  async golden(@Param('id') id: string, @Query() query: unknown): Promise<string> {
    const asked = parseQuery(goldenQuery, query);
    const { goldens } = await this.goldens.view(id);
    const golden = goldens.find((one) => one.id === asked.golden);
    if (!golden)
      throw new AppError(
        'notFound',
        'GOLDEN_UNKNOWN',
        `Task ${id} has no golden sample ${asked.golden.slice(0, 100)}.`,
      );
    const page = await this.goldens.candidates(id, golden.id, CANDIDATES_A_PAGE, asked.offset);
    const task = toTaskDto(await this.tasks.find(id));
    return this.views.render('golden-swap', goldenSwapView(task, golden, page, pageContext().i18n));
  }

  /** An empty image goes back to Polarline's own choice. */
  @Access('engineer')
  @Post('tasks/:id/results/golden')
  @Redirect()
  async swap(@Param('id') id: string, @Body() body: unknown, @Req() request: Request) {
    const { golden, image, reason } = parseBody(swapForm, body);
    await this.goldens.swap(id, { golden, image: image || null, reason }, actorOf(request));
    return { url: `/tasks/${id}/results#goldens`, statusCode: 303 };
  }

  @Access('engineer')
  @Post('tasks/:id/results/golden/undo')
  @Redirect()
  async undo(@Param('id') id: string, @Req() request: Request) {
    await this.goldens.undo(id, actorOf(request));
    return { url: `/tasks/${id}/results#goldens`, statusCode: 303 };
  }

  @Access('viewer')
  @Get('compare')
  @Header('Content-Type', HTML)
  async compare(@Query() query: unknown): Promise<string> {
    const { a, b } = parseQuery(compareQuery, query);
    return this.views.render('compare', compareView(await this.details.compare(a, b), pageContext().i18n));
  }
}
