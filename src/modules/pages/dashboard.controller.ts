import { Controller, Get, Header, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { Access } from '../auth/access.js';
import { MachineService } from '../health/machine.service.js';
import { parseQuery } from '../http/parse.js';
import { TaskEventFeed } from '../tasks/task-event-feed.js';
import { ENDED_STATUSES, TASK_STATUSES, WORKING_STATUSES } from '../tasks/task-state.js';
import { TaskService } from '../tasks/task.service.js';
import { DashboardService } from './dashboard.service.js';
import { dashboardView } from './dashboard.view.js';
import { daySchema, lastOfDay, startOfDay } from './days.js';
import { pageContext } from './i18n/index.js';
import { ViewRenderer } from './view-renderer.js';

const PAGE_SIZE = 50;
const MOST_AT_WORK = 50;
const RECONNECT_MS = 2_000;
const name = z.string().trim().max(64).default('');
const dashboardQuery = z.object({
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  status: z.union([z.literal(''), z.enum(TASK_STATUSES)]).default(''),
  text: z.string().trim().max(200).default(''),
  site: name,
  line: name,
  from: daySchema,
  to: daySchema,
});

/** The first page, views/dashboard.hbs, and the news that keep it current. */
@ApiExcludeController()
@Access('viewer')
@Controller()
export class DashboardController {
  constructor(
    private readonly tasks: TaskService,
    private readonly more: DashboardService,
    private readonly machine: MachineService,
    private readonly feed: TaskEventFeed,
    private readonly views: ViewRenderer,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  async dashboard(@Query() query: unknown): Promise<string> {
    const { offset, ...filter } = parseQuery(dashboardQuery, query);
    const filtered = Object.values(filter).some((value) => value !== '');
    const first = !filtered && offset === 0;
    const none = { tasks: [] };
    const [page, waiting, working, machine, places] = await Promise.all([
      this.tasks.list({
        limit: PAGE_SIZE,
        offset,
        status: filter.status === '' ? (filtered ? undefined : ENDED_STATUSES) : [filter.status],
        text: filter.text || undefined,
        site: filter.site || undefined,
        lineId: filter.line || undefined,
        createdFrom: startOfDay(filter.from),
        createdTo: lastOfDay(filter.to),
      }),
      first ? this.tasks.list({ status: ['pending_orientation'], limit: MOST_AT_WORK }) : none,
      first ? this.tasks.list({ status: WORKING_STATUSES, limit: MOST_AT_WORK }) : none,
      first ? this.machine.look() : null,
      this.more.places(),
    ]);
    const completed = page.tasks.filter(({ status }) => status === 'completed');
    const running = [...working.tasks, ...page.tasks].filter(({ status }) => status === 'running');
    const [figures, paces] = await Promise.all([
      this.more.figures(completed.map((task) => task.task_id)),
      this.more.paces(running.map((task) => task.task_id)),
    ]);
    const data = { page, waiting: waiting.tasks, working: working.tasks, machine, places, figures, paces };
    return this.views.render('dashboard', dashboardView(data, filter, new Date(), pageContext().i18n));
  }

  /** Server-sent: that some task has changed, at most once a second. What changed stands on the page. */
  @Get('dashboard/events')
  async events(@Res() response: Response): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    response.write(`retry: ${RECONNECT_MS}\n\n`);
    for await (const changed of this.feed.changes(gone.signal))
      response.write(changed ? 'event: changed\ndata: {}\n\n' : ': alive\n\n');
    response.end();
  }
}
