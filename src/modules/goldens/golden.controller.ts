import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Access } from '../auth/access.js';
import { actorOf } from '../http/actor-of.js';
import { ApiRoute } from '../http/api-docs.js';
import { parseBody, parseQuery } from '../http/parse.js';
import { thumbnailQuery, ThumbnailsService } from '../thumbnails/index.js';
import type { GoldenCandidatesDto, GoldenSetDto } from './golden-dto.js';
import { GoldenService } from './golden.service.js';

const swapBody = z.strictObject({
  /** Id of the golden sample that goes, as the list has it. */
  golden: z.string().min(1).max(500),
  /** The image that takes its place, as the candidates have it; null goes back to Polarline's own choice. */
  image: z.string().min(1).max(2000).nullable(),
  reason: z.string().max(500).default(''),
});
const candidatesQuery = z.strictObject({
  golden: z.string().min(1).max(500),
  limit: z.coerce.number().int().min(1).max(200).default(24),
  offset: z.coerce.number().int().min(0).default(0),
});
const pictureQuery = thumbnailQuery.extend({ image: z.string().min(1).max(2000) }).strict();

@ApiTags('golden samples')
@Controller('training/golden/:id')
export class GoldenController {
  constructor(
    private readonly goldens: GoldenService,
    private readonly thumbnails: ThumbnailsService,
  ) {}

  @ApiRoute({
    summary: 'Golden samples of a completed task, with every swap',
    returns: 'The golden samples, whether the results are of them, and the swaps, newest first',
    errors: [404, 409],
  })
  @Access('viewer')
  @Get()
  view(@Param('id') id: string): Promise<GoldenSetDto> {
    return this.goldens.view(id);
  }

  @ApiRoute({
    summary: 'Images that may take the place of a golden sample',
    query: candidatesQuery,
    returns: 'Training images of its class and orientation, originals first',
    errors: [400, 404, 409],
  })
  @Access('viewer')
  @Get('candidates')
  candidates(@Param('id') id: string, @Query() query: unknown): Promise<GoldenCandidatesDto> {
    const { golden, limit, offset } = parseQuery(candidatesQuery, query);
    return this.goldens.candidates(id, golden, limit, offset);
  }

  @ApiRoute({
    summary: 'A training picture, or its thumbnail',
    query: pictureQuery,
    returns: 'The picture',
    produces: 'image/*',
    errors: [400, 404],
  })
  @Access('viewer')
  @Get('picture')
  async picture(@Param('id') id: string, @Query() query: unknown, @Res() response: Response): Promise<void> {
    const { image, size } = parseQuery(pictureQuery, query);
    await this.thumbnails.send(response, await this.goldens.picturePath(id, image), size);
  }

  @ApiRoute({
    summary: 'Swap a golden sample and evaluate again, without training; the task stays completed meanwhile',
    body: swapBody,
    status: 202,
    returns: 'The golden samples; the evaluation is in line',
    errors: [400, 404, 409],
  })
  @Access('engineer')
  @Put()
  @HttpCode(202)
  swap(@Param('id') id: string, @Body() body: unknown, @Req() request: Request): Promise<GoldenSetDto> {
    return this.goldens.swap(id, parseBody(swapBody, body), actorOf(request));
  }

  @ApiRoute({
    summary: 'Take the newest swap back and evaluate again',
    status: 202,
    returns: 'The golden samples; the evaluation is in line',
    errors: [404, 409],
  })
  @Access('engineer')
  @Post('undo')
  @HttpCode(202)
  undo(@Param('id') id: string, @Req() request: Request): Promise<GoldenSetDto> {
    return this.goldens.undo(id, actorOf(request));
  }
}
