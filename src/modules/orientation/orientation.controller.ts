import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { actorOf } from '../http/actor-of.js';
import { parseBody, parseQuery } from '../http/parse.js';
import { sendFile } from '../http/send-file.js';
import type { TaskDto } from '../tasks/task-dto.js';
import type {
  ClassPicturesDto,
  EarlierAnswerDto,
  OrientationDraftDto,
  OrientationSamplesDto,
} from './orientation-dto.js';
import { OrientationService } from './orientation.service.js';
import { ApiTags } from '@nestjs/swagger';
import { ApiRoute } from '../http/api-docs.js';
import { Access } from '../auth/access.js';

/** `{"answers": {"<class>": "Up" | "Right" | "Down" | "Left" | "skip"}}`; `orientations` is taken as well. */
const answersBodySchema = z.union([
  z.strictObject({ answers: z.record(z.string(), z.unknown()) }),
  z.strictObject({ orientations: z.record(z.string(), z.unknown()) }),
  z.record(z.string(), z.unknown()),
]);

const MONTH_S = 30 * 86_400;

/** RFC 7240: the caller knows the classes. */
const MINIMAL = 'return=minimal';

const picturesQuery = z.strictObject({
  class: z.string().min(1).max(500),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(100).default(12),
});

@ApiTags('orientation')
@Controller()
export class OrientationController {
  constructor(private readonly orientation: OrientationService) {}

  @ApiRoute({ summary: 'Classes with their sample pictures, draft and answers', returns: 'The classes', errors: [404] })
  @Access('viewer')
  @Get('orientation/samples/:id')
  samples(@Param('id') id: string): Promise<OrientationSamplesDto> {
    return this.orientation.samples(id);
  }

  @ApiRoute({
    summary: 'What the same parts were answered in earlier tasks of this site: suggestions with their source',
    returns:
      "[{class, answer, task_id, line_id, by, at, by_angle}], where by_angle says what the metadata's mounting angles make of it",
    errors: [404],
  })
  @Access('viewer')
  @Get('orientation/earlier/:id')
  earlier(@Param('id') id: string): Promise<EarlierAnswerDto[]> {
    return this.orientation.earlierAnswers(id);
  }

  @ApiRoute({
    summary: 'More pictures of one class than its samples',
    query: picturesQuery,
    returns: '{class, total, offset, pictures: [{file, url}]}',
    errors: [400, 404],
  })
  @Access('viewer')
  @Get('orientation/pictures/:id')
  pictures(@Param('id') id: string, @Query() query: unknown): Promise<ClassPicturesDto> {
    const { class: folder, offset, limit } = parseQuery(picturesQuery, query);
    return this.orientation.pictures(id, folder, offset, limit);
  }

  @ApiRoute({
    summary: 'The answers that were saved and are not confirmed yet',
    returns: '{task_id, status, answers: {<class>: answer}, answered, total, saved_by, saved_at}',
    errors: [404],
  })
  @Access('viewer')
  @Get('orientation/draft/:id')
  presentDraft(@Param('id') id: string): Promise<OrientationDraftDto> {
    return this.orientation.draft(id);
  }

  @ApiRoute({
    summary: 'Keep partial answers',
    body: answersBodySchema,
    returns: 'The classes; with `Prefer: return=minimal` the answers alone, as GET on this address tells them',
    errors: [400, 404, 409],
  })
  @Access('operator')
  @Put('orientation/draft/:id')
  async draft(
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrientationSamplesDto | OrientationDraftDto> {
    await this.orientation.saveDraft(id, answersOf(body), actorOf(request));
    if (!prefersMinimal(request)) return this.orientation.samples(id);
    response.setHeader('Preference-Applied', MINIMAL);
    return this.orientation.draft(id);
  }

  @ApiRoute({
    summary: 'Answer every class and let the task go on',
    body: answersBodySchema,
    returns: 'The task',
    errors: [400, 404, 409],
  })
  @Access('operator')
  @Post('orientation/confirm/:id')
  @HttpCode(200)
  confirm(@Param('id') id: string, @Body() body: unknown, @Req() request: Request): Promise<TaskDto> {
    return this.orientation.confirm(id, answersOf(body), actorOf(request));
  }

  /** A sample picture, at the address that the samples list gives. */
  @ApiRoute({ summary: 'A sample picture', returns: 'The picture', produces: 'image/*', errors: [404] })
  @Access('viewer')
  @Get('temp/:id/:class/:file')
  async picture(
    @Param('id') id: string,
    @Param('class') folder: string,
    @Param('file') file: string,
    @Res() response: Response,
  ): Promise<void> {
    const path = await this.orientation.samplePath(id, folder, file);
    await sendFile(response, path, { immutable: true, maxAgeS: MONTH_S });
  }
}

function prefersMinimal(request: Request): boolean {
  const preferences = request.get('Prefer')?.split(',') ?? [];
  return preferences.some((one) => one.trim().toLowerCase() === MINIMAL);
}

function answersOf(body: unknown): unknown {
  const parsed = parseBody(answersBodySchema, body);
  if ('answers' in parsed && typeof parsed.answers === 'object') return parsed.answers;
  if ('orientations' in parsed && typeof parsed.orientations === 'object') return parsed.orientations;
  return parsed;
}
