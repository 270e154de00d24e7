import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { TaskEventFeed } from '../tasks/task-event-feed.js';
import { TaskService } from '../tasks/task.service.js';
import { ApiTags } from '@nestjs/swagger';
import { ApiRoute } from '../http/api-docs.js';
import { Access } from '../auth/access.js';

const RECONNECT_MS = 2_000;

/** Server-sent events of a task; a browser that lost the line goes on by its Last-Event-ID. */
@ApiTags('training')
@Controller('training/events')
export class EventsController {
  constructor(
    private readonly tasks: TaskService,
    private readonly feed: TaskEventFeed,
  ) {}

  @ApiRoute({
    summary: 'Server-sent events of a task, resumable by Last-Event-ID',
    returns: 'state, step, progress, epoch, log and golden events, then end',
    produces: 'text/event-stream',
    errors: [404],
  })
  @Access('viewer')
  @Get(':id')
  async events(
    @Param('id') id: string,
    @Query('after') after: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.tasks.find(id);
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    response.write(`retry: ${RECONNECT_MS}\n\n`);
    const from = eventId(request.get('Last-Event-ID') ?? after);
    for await (const events of this.feed.follow(id, from, gone.signal)) {
      const text = events.map((event) => `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
      if (!response.write(text.length === 0 ? ': alive\n\n' : text.join(''))) await drained(response, gone.signal);
    }
    // Tells the browser not to come back when the task has ended; when this program has, it shall.
    response.end(this.feed.hasEnded ? undefined : 'event: end\ndata: {}\n\n');
  }
}

function eventId(text: unknown): number {
  const id = Number(text ?? 0);
  return Number.isSafeInteger(id) && id > 0 ? id : 0;
}

function drained(response: Response, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
