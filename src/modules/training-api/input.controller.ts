import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { Access } from '../auth/access.js';
import { ApiRoute } from '../http/api-docs.js';
import { parseBody, parseQuery } from '../http/parse.js';
import { InputCheckService, type InputCheckDto } from '../pipeline/index.js';
import { thumbnailQuery, ThumbnailsService } from '../thumbnails/index.js';
import { InputFolders, type InputFoldersDto } from '../tasks/input-folders.js';

const path = z.string().min(1).max(4096);
const checkBodySchema = z.strictObject({
  input_dir: path,
  site: z.string().min(1).max(64),
  line_id: z.string().min(1).max(64),
  metadata_csv: path.nullish(),
});
const foldersQuerySchema = z.strictObject({ path: path.optional() });
const pictureQuerySchema = thumbnailQuery.extend({ path });

/** What comes before a start: choosing a folder and seeing what a task would make of it. */
@ApiTags('training')
@Controller('training')
export class InputController {
  constructor(
    private readonly checks: InputCheckService,
    private readonly folders: InputFolders,
    private readonly thumbnails: ThumbnailsService,
  ) {}

  @ApiRoute({
    summary: 'Dry run: what a task would use of a folder, and why not the rest; writes nothing',
    body: checkBodySchema,
    returns: 'Counts, classes with example pictures, and rejections by reason',
    errors: [400, 403, 429],
  })
  @Access('engineer')
  @Post('check-input')
  @HttpCode(200)
  check(@Body() body: unknown, @Res({ passthrough: true }) response: Response): Promise<InputCheckDto> {
    const spec = parseBody(checkBodySchema, body);
    return this.checks.checkForCaller(
      { inputDir: spec.input_dir, site: spec.site, lineId: spec.line_id, metadataCsv: spec.metadata_csv },
      untilGone(response),
    );
  }

  @ApiRoute({
    summary: 'Folders that input may come from; without a path the roots of them',
    query: foldersQuerySchema,
    returns: '{path, parent, has_ok, folders, left_out}',
    errors: [400],
  })
  @Access('engineer')
  @Get('input-folders')
  list(@Query() query: unknown): Promise<InputFoldersDto> {
    return this.folders.list(parseQuery(foldersQuerySchema, query).path ?? null);
  }

  @ApiRoute({
    summary: 'A picture of an input folder',
    query: pictureQuerySchema,
    returns: 'The picture',
    produces: 'image/*',
    errors: [400, 404],
  })
  @Access('engineer')
  @Get('input-picture')
  async picture(@Query() query: unknown, @Res() response: Response): Promise<void> {
    const { path, size } = parseQuery(pictureQuerySchema, query);
    await this.thumbnails.send(response, await this.folders.picture(path), size);
  }
}

/** Aborts once the caller has gone: nobody waits for the answer any more. */
export function untilGone(response: Response): AbortSignal {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  return gone.signal;
}
