import { Controller, Get, Query, Res } from '@nestjs/common';
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
import { dashboardTop, dashboardView, type DashboardData } from './dashboard.view.js';
import { daySchema, lastOfDay, startOfDay } from './days.js';
import { pageContext, type I18n } from './i18n/index.js';
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

type Filter = Omit<z.infer<typeof dashboardQuery>, 'offset'>;

/** What the page shows beside what it looks up for the tasks on it. */
type Lists = Omit<DashboardData, 'figures' | 'paces'>;

/** The first page, views/dashboard-top.hbs and views/dashboard.hbs, and the news that keep it current. */
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
  async dashboard(@Query() query: unknown, @Res() response: Response): Promise<void> {
    const { offset, ...filter } = parseQuery(dashboardQuery, query);
    const { i18n } = pageContext();
    const { quick, lists } = this.ask(filter, offset);
    // A first answer is waited for: where the database gives none, the page's status can still say so.
    await Promise.race([...quick, lists]);
    await this.views.stream(response, 'dashboard', dashboardTop(i18n), this.view(lists, filter, i18n));
  }

  /** Asks for everything at once; `quick` are those that answer first. */
  private ask(filter: Filter, offset: number): { quick: Promise<unknown>[]; lists: Promise<Lists> } {
    const filtered = Object.values(filter).some((value) => value !== '');
    const first = !filtered && offset === 0;
    const none = Promise.resolve({ tasks: [] });
    const page = this.tasks.list({
      limit: PAGE_SIZE,
      offset,
      status: filter.status === '' ? (filtered ? undefined : ENDED_STATUSES) : [filter.status],
      text: filter.text || undefined,
      site: filter.site || undefined,
      lineId: filter.line || undefined,
      createdFrom: startOfDay(filter.from),
      createdTo: lastOfDay(filter.to),
    });
    const waiting = first ? this.tasks.list({ status: ['pending_orientation'], limit: MOST_AT_WORK }) : none;
    const working = first ? this.tasks.list({ status: WORKING_STATUSES, limit: MOST_AT_WORK }) : none;
    const machine = first ? this.machine.look() : Promise.resolve(null);
    const places = this.more.places();
    return {
      quick: first ? [waiting, working] : [page, places],
      lists: Promise.all([page, waiting, working, machine, places]).then(
        ([page, waiting, working, machine, places]) => ({
          page,
          waiting: waiting.tasks,
          working: working.tasks,
          machine,
          places,
        }),
      ),
    };
  }

  private async view(asked: Promise<Lists>, filter: Filter, i18n: I18n): Promise<ReturnType<typeof dashboardView>> {
    const lists = await asked;
    const completed = lists.page.tasks.filter(({ status }) => status === 'completed');
    const running = [...lists.working, ...lists.page.tasks].filter(({ status }) => status === 'running');
    const [figures, paces] = await Promise.all([
      this.more.figures(completed.map((task) => task.task_id)),
      this.more.paces(running.map((task) => task.task_id)),
    ]);
    return dashboardView({ ...lists, figures, paces }, filter, new Date(), i18n);
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
