import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { actorOf } from '../http/actor-of.js';
import { errorInLanguage } from '../http/error-body.js';
import { parseBody, parseQuery } from '../http/parse.js';
import { sendJson } from '../http/send-json.js';
import { startBodySchema, toStartSpec } from '../tasks/start-request.js';
import { JsonText } from '../tasks/json-text.js';
import type { TaskDetailDto, TaskDto } from '../tasks/task-dto.js';
import { TASK_STATUSES, type TaskStatus } from '../tasks/task-state.js';
import { TaskService } from '../tasks/task.service.js';
import { ApiTags } from '@nestjs/swagger';
import { ApiRoute, IDEMPOTENCY_KEY } from '../http/api-docs.js';
import { Access } from '../auth/access.js';
import { languageOf, type Language } from '../pages/i18n/index.js';

const listQuerySchema = z.strictObject({
  status: z
    .string()
    .optional()
    .transform((text) => text?.split(',').filter((part) => part !== ''))
    .pipe(z.array(z.enum(TASK_STATUSES)).optional()),
  site: z.string().max(64).optional(),
  line_id: z.string().max(64).optional(),
  text: z.string().max(200).optional(),
  created_from: z.coerce.date().optional(),
  created_to: z.coerce.date().optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
  offset: z.coerce.number().int().min(0).max(10_000_000).optional(),
  cursor: z.string().max(64).optional(),
});

/** Why a task failed is told in the caller's language; English goes out as PostgreSQL wrote it. */
function withErrorIn(language: Language, task: JsonText): JsonText {
  if (language === 'en') return task;
  const { error, ...rest } = task.parse<TaskDetailDto>();
  const spoken = error && errorInLanguage(error, language);
  return spoken ? JsonText.of(JSON.stringify({ ...rest, error: spoken })) : task;
}

@ApiTags('training')
@Controller('training')
export class TrainingController {
  constructor(private readonly tasks: TaskService) {}

  @ApiRoute({
    summary: 'Start a task',
    body: startBodySchema,
    status: 201,
    returns: '{task_id, status}',
    errors: [400, 409],
    headers: IDEMPOTENCY_KEY,
  })
  @Access('engineer')
  @Post('start')
  @HttpCode(201)
  async start(@Body() body: unknown, @Req() request: Request): Promise<{ task_id: string; status: TaskStatus }> {
    const spec = toStartSpec(parseBody(startBodySchema, body));
    const idempotencyKey = request.get('Idempotency-Key')?.slice(0, 200) ?? null;
    const task = await this.tasks.start({ ...spec, idempotencyKey }, actorOf(request));
    return { task_id: task.task_id, status: task.status };
  }

  @ApiRoute({
    summary: 'Where a task stands',
    returns: 'The task with its steps, newest epoch and configuration; its error in the language of Accept-Language',
    errors: [404],
  })
  @Access('viewer')
  @Get('status/:id')
  async status(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    response.setHeader('Vary', 'Accept-Language, Cookie');
    sendJson(request, response, withErrorIn(languageOf(request), await this.tasks.getJson(id)));
  }

  @ApiRoute({
    summary: 'Tasks, newest first',
    query: listQuerySchema,
    returns: '{tasks, total, limit, offset, next}; next is the cursor of the page that follows, null on the last',
    errors: [400],
  })
  @Access('viewer')
  @Get('list')
  async list(@Query() query: unknown, @Req() request: Request, @Res() response: Response): Promise<void> {
    const {
      line_id: lineId,
      created_from: createdFrom,
      created_to: createdTo,
      ...rest
    } = parseQuery(listQuerySchema, query);
    sendJson(request, response, await this.tasks.listJson({ ...rest, lineId, createdFrom, createdTo }));
  }

  @ApiRoute({ summary: 'Stop a live task', returns: 'The task', errors: [404, 409] })
  @Access('engineer')
  @Post('cancel/:id')
  @HttpCode(200)
  cancel(@Param('id') id: string, @Req() request: Request): Promise<TaskDto> {
    return this.tasks.cancel(id, actorOf(request));
  }

  @ApiRoute({
    summary: 'Take up a failed or cancelled task where its finished steps end',
    returns: 'The task',
    errors: [404, 409],
  })
  @Access('engineer')
  @Post('retry/:id')
  @HttpCode(200)
  retry(@Param('id') id: string, @Req() request: Request): Promise<TaskDto> {
    return this.tasks.retry(id, actorOf(request));
  }
}
