import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../auth/access.js';
import { actorOf } from '../http/actor-of.js';
import { ApiRoute, IDEMPOTENCY_KEY } from '../http/api-docs.js';
import { parseBody, parseQuery } from '../http/parse.js';
import { thumbnailQuery, ThumbnailsService } from '../thumbnails/index.js';
import type { EstimateDto, PoolDownloadDto, PoolImageDto, PoolPartDto } from './pool-dto.js';
import type { PoolDownloadStatus } from './pool-download-state.js';
import { PoolDownloadService } from './pool-download.service.js';
import { PoolImageService, type ClassifyResultDto } from './pool-image.service.js';
import { PoolTrashService, type TrashDto } from './pool-trash.service.js';
import {
  classifyBodySchema,
  downloadBodySchema,
  downloadsQuerySchema,
  filesBodySchema,
  imagesQuerySchema,
  partsQuerySchema,
  placeQuerySchema,
  toDownloadSpec,
  trashQuerySchema,
} from './pool-request.js';

const pictureQuery = placeQuerySchema.extend(thumbnailQuery.shape).strict();
const placeOnly = placeQuerySchema.strict();

/** Images from the lines: fetching them, looking at them, sorting them into OK and NG, throwing them away. */
@ApiTags('image pool')
@Controller()
export class ImagePoolController {
  constructor(
    private readonly downloads: PoolDownloadService,
    private readonly images: PoolImageService,
    private readonly discarded: PoolTrashService,
    private readonly thumbnails: ThumbnailsService,
  ) {}

  @ApiRoute({
    summary: 'What a download would bring; fetches nothing',
    body: downloadBodySchema,
    returns: '{images, to_fetch, in_pool, products, first, last, estimated_bytes, free_bytes}',
    errors: [400, 403],
  })
  @Access('engineer')
  @Post('download/estimate')
  @HttpCode(200)
  estimate(@Body() body: unknown): Promise<EstimateDto> {
    return this.downloads.estimate(toDownloadSpec(parseBody(downloadBodySchema, body)));
  }

  @ApiRoute({
    summary: "Fetch a part's images from its line, as a task",
    body: downloadBodySchema,
    status: 201,
    returns: '{task_id, status}',
    errors: [400, 403, 409],
    headers: IDEMPOTENCY_KEY,
  })
  @Access('engineer')
  @Post('download/rawdata')
  @HttpCode(201)
  async start(
    @Body() body: unknown,
    @Req() request: Request,
  ): Promise<{ task_id: string; status: PoolDownloadStatus }> {
    const idempotencyKey = request.get('Idempotency-Key')?.slice(0, 200) ?? null;
    const spec = { ...toDownloadSpec(parseBody(downloadBodySchema, body)), idempotencyKey };
    const { task_id, status } = await this.downloads.start(spec, actorOf(request));
    return { task_id, status };
  }

  @ApiRoute({
    summary: 'Downloads, newest first',
    query: downloadsQuerySchema,
    returns: '{tasks, total}',
    errors: [400],
  })
  @Access('viewer')
  @Get('download/list')
  list(@Query() query: unknown): Promise<{ tasks: PoolDownloadDto[]; total: number }> {
    const { limit, offset, line_id: lineId, part_number: partNumber, site } = parseQuery(downloadsQuerySchema, query);
    return this.downloads.list({ site, lineId, partNumber }, limit, offset);
  }

  @ApiRoute({ summary: 'Where a download stands', returns: 'The download', errors: [404] })
  @Access('viewer')
  @Get('download/status/:id')
  status(@Param('id') id: string): Promise<PoolDownloadDto> {
    return this.downloads.get(id);
  }

  @ApiRoute({ summary: 'Stop a live download; what it stored stays', returns: 'The download', errors: [404, 409] })
  @Access('engineer')
  @Post('download/cancel/:id')
  @HttpCode(200)
  cancel(@Param('id') id: string, @Req() request: Request): Promise<PoolDownloadDto> {
    return this.downloads.cancel(id, actorOf(request));
  }

  @ApiRoute({
    summary: 'Take up a failed or cancelled download; what is stored is not fetched again',
    returns: 'The download',
    errors: [404, 409],
  })
  @Access('engineer')
  @Post('download/retry/:id')
  @HttpCode(200)
  retry(@Param('id') id: string, @Req() request: Request): Promise<PoolDownloadDto> {
    return this.downloads.retry(id, actorOf(request));
  }

  @ApiRoute({ summary: 'Parts of the pool', query: partsQuerySchema, returns: '{parts, total}', errors: [400] })
  @Access('viewer')
  @Get('download/parts')
  parts(@Query() query: unknown): Promise<{ parts: PoolPartDto[]; total: number }> {
    const { limit, offset, line_id: lineId, ...filter } = parseQuery(partsQuerySchema, query);
    return this.images.parts({ ...filter, lineId }, { limit, offset });
  }

  @ApiRoute({ summary: 'One part', query: placeOnly, returns: 'The part with its counts', errors: [400, 404] })
  @Access('viewer')
  @Get('download/parts/:pn')
  part(@Param('pn') partNumber: string, @Query() query: unknown): Promise<PoolPartDto> {
    return this.images.part(partNumber, placeOf(query));
  }

  @ApiRoute({
    summary: 'Images of a part, oldest first, with addresses of pictures and thumbnails',
    query: imagesQuerySchema,
    returns: '{part, images, total, limit, offset}',
    errors: [400, 404],
  })
  @Access('viewer')
  @Get('download/images/:pn')
  pictures(
    @Param('pn') partNumber: string,
    @Query() query: unknown,
  ): Promise<{ part: PoolPartDto; images: PoolImageDto[]; total: number }> {
    const { site, line_id: lineId, label, limit, offset } = parseQuery(imagesQuerySchema, query);
    return this.images.images(partNumber, { site, lineId }, label, { limit, offset });
  }

  @ApiRoute({
    summary: 'Sort images into OK and NG; sending `before` back undoes it',
    body: classifyBodySchema,
    query: placeOnly,
    returns: '{changed, before}',
    errors: [400, 404, 503],
  })
  @Access('operator')
  @Post('download/classify/:pn')
  @HttpCode(200)
  classify(
    @Param('pn') partNumber: string,
    @Query() query: unknown,
    @Body() body: unknown,
    @Req() request: Request,
  ): Promise<ClassifyResultDto> {
    const { classifications } = parseBody(classifyBodySchema, body);
    return this.images.classify(partNumber, placeOf(query), classifications, actorOf(request));
  }

  @ApiRoute({ summary: 'Move an image to the trash', query: placeOnly, returns: '{deleted}', errors: [400, 404, 503] })
  @Access('engineer')
  @Delete('download/images/:pn/:file')
  remove(
    @Param('pn') partNumber: string,
    @Param('file') file: string,
    @Query() query: unknown,
    @Req() request: Request,
  ): Promise<{ deleted: number }> {
    return this.discarded.remove(partNumber, placeOf(query), [file], actorOf(request));
  }

  @ApiRoute({ summary: 'What lies in the trash', query: trashQuerySchema, returns: '{images, total}', errors: [400] })
  @Access('viewer')
  @Get('download/trash')
  trash(@Query() query: unknown): Promise<TrashDto> {
    const { limit, offset, site, line_id: lineId, part_number: partNumber } = parseQuery(trashQuerySchema, query);
    return this.discarded.trash({ site, lineId, partNumber }, { limit, offset });
  }

  @ApiRoute({
    summary: 'Bring images back from the trash',
    body: filesBodySchema,
    query: placeOnly,
    returns: '{restored}',
    errors: [400, 404, 503],
  })
  @Access('engineer')
  @Post('download/restore/:pn')
  @HttpCode(200)
  restore(
    @Param('pn') partNumber: string,
    @Query() query: unknown,
    @Body() body: unknown,
    @Req() request: Request,
  ): Promise<{ restored: number }> {
    const { files } = parseBody(filesBodySchema, body);
    return this.discarded.restore(partNumber, placeOf(query), files, actorOf(request));
  }

  @ApiRoute({ summary: 'Empty the trash for good', query: trashQuerySchema, returns: '{removed}', errors: [400] })
  @Access('admin')
  @Delete('download/trash')
  emptyTrash(@Query() query: unknown, @Req() request: Request): Promise<{ removed: number }> {
    const { site, line_id: lineId, part_number: partNumber } = parseQuery(trashQuerySchema, query);
    return this.discarded.emptyTrash({ site, lineId, partNumber }, actorOf(request));
  }

  /** The last part of the path is the file's name; folders before it (OK, NG) are for people. */
  @ApiRoute({
    summary: 'An image, or its thumbnail',
    query: pictureQuery,
    returns: 'The picture',
    produces: 'image/*',
    errors: [400, 404],
  })
  @Access('viewer')
  @Get('rawdata/images/:pn/*path')
  async picture(
    @Param('pn') partNumber: string,
    @Param('path') path: string | readonly string[],
    @Query() query: unknown,
    @Res() response: Response,
  ): Promise<void> {
    const { site, line_id: lineId, size } = parseQuery(pictureQuery, query);
    const file = typeof path === 'string' ? path.slice(path.lastIndexOf('/') + 1) : (path.at(-1) ?? '');
    const found = await this.images.path(partNumber, { site, lineId }, file);
    await this.thumbnails.send(response, found, size);
  }
}

function placeOf(query: unknown): { site?: string; lineId?: string } {
  const { site, line_id: lineId } = parseQuery(placeOnly, query);
  return { site, lineId };
}
