import { Controller, Delete, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { REPORT_LANGUAGES } from '../../training/config.js';
import { parseQuery } from '../http/parse.js';
import { sendFile } from '../http/send-file.js';
import { thumbnailQuery, ThumbnailsService } from '../thumbnails/index.js';
import { ResultDetailsService } from './result-details.service.js';
import { ResultsService, type ResultDto } from './results.service.js';
import { ApiTags } from '@nestjs/swagger';
import { ApiRoute } from '../http/api-docs.js';
import { Access } from '../auth/access.js';
import { actorOf } from '../http/actor-of.js';

const answersQuery = z.strictObject({
  true_class: z.string().max(300).optional(),
  pred_class: z.string().max(300).optional(),
  product: z.string().max(300).optional(),
  component: z.string().max(300).optional(),
  light: z.string().max(300).optional(),
  only_wrong: z.enum(['true', 'false']).default('false'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
});
const rejectedQuery = z.strictObject({
  code: z.string().max(60).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
});
const pictureQuery = thumbnailQuery.extend({ image: z.string().min(1).max(2000) }).strict();
const downloadQuery = z.strictObject({ language: z.enum(REPORT_LANGUAGES).optional() });
const deleteQuery = z.strictObject({ delete_files: z.enum(['true', 'false']).default('false') });

@ApiTags('training')
@Controller('training')
export class ResultsController {
  constructor(
    private readonly results: ResultsService,
    private readonly resultDetails: ResultDetailsService,
    private readonly thumbnails: ThumbnailsService,
  ) {}

  @ApiRoute({
    summary: 'What a completed task came to',
    returns: 'The summary and the files to download',
    errors: [404, 409],
  })
  @Access('viewer')
  @Get('result/:id')
  result(@Param('id') id: string): Promise<ResultDto> {
    return this.results.result(id);
  }

  @ApiRoute({
    summary: 'What the evaluation answered, image by image; wrong and uncertain answers first',
    query: answersQuery,
    returns:
      '{total, answers: [{image, true_class, pred_class, similarity, threshold, correct, product, component, light}]}',
    errors: [400, 404, 409],
  })
  @Access('viewer')
  @Get('answers/:id')
  async answers(@Param('id') id: string, @Query() query: unknown): Promise<{ total: number; answers: object[] }> {
    const {
      true_class: trueClass,
      pred_class: predictedClass,
      only_wrong: wrong,
      ...rest
    } = parseQuery(answersQuery, query);
    const filter = { ...rest, trueClass, predictedClass, onlyWrong: wrong === 'true' };
    const { total, answers } = await this.resultDetails.answers(id, filter);
    return {
      total,
      answers: answers.map(({ trueClass: true_class, predictedClass: pred_class, ...one }) => ({
        ...one,
        true_class,
        pred_class,
      })),
    };
  }

  @ApiRoute({
    summary: 'The files that a task set aside, with the reason',
    query: rejectedQuery,
    returns: '{listed, total, by_code, files: [{file, stage, code, reason}]}; listed is false while there is no list',
    errors: [400, 404],
  })
  @Access('viewer')
  @Get('rejected/:id')
  async rejected(@Param('id') id: string, @Query() query: unknown): Promise<Record<string, unknown>> {
    const { byCode, ...page } = await this.resultDetails.rejected(id, parseQuery(rejectedQuery, query));
    return { ...page, by_code: byCode };
  }

  @ApiRoute({
    summary: 'The same as a CSV file',
    returns: 'rejected.csv of the run folder',
    produces: 'text/csv',
    errors: [404],
  })
  @Access('viewer')
  @Get('rejected/:id/csv')
  async rejectedCsv(@Param('id') id: string, @Res() response: Response): Promise<void> {
    const { path, name } = await this.resultDetails.rejectedCsv(id);
    response.attachment(name);
    response.setHeader('Content-Type', 'text/csv; charset=utf-8');
    await sendFile(response, path);
  }

  @ApiRoute({
    summary: 'A picture of the data set, or its thumbnail',
    query: pictureQuery,
    returns: 'The picture',
    produces: 'image/*',
    errors: [400, 404],
  })
  @Access('viewer')
  @Get('picture/:id')
  async picture(@Param('id') id: string, @Query() query: unknown, @Res() response: Response): Promise<void> {
    const { image, size } = parseQuery(pictureQuery, query);
    await this.thumbnails.send(response, await this.resultDetails.picturePath(id, image), size);
  }

  @ApiRoute({
    summary: 'A file of a completed task; with ranges and ETag. The report in another language than its own on demand',
    query: downloadQuery,
    returns: 'The file',
    produces: 'application/octet-stream',
    errors: [400, 404, 409],
  })
  @Access('viewer')
  @Get('download/:id/:type')
  async download(
    @Param('id') id: string,
    @Param('type') type: string,
    @Query() query: unknown,
    @Res() response: Response,
  ): Promise<void> {
    const file = await this.results.download(id, type, parseQuery(downloadQuery, query).language);
    response.setHeader('Content-Type', file.mediaType);
    response.attachment(file.name);
    response.setHeader('Content-Type', file.mediaType);
    if (file.sha256 !== null) response.setHeader('ETag', `"${file.sha256}"`);
    await sendFile(response, file.path);
  }

  @ApiRoute({
    summary: 'Remove an ended task, and with delete_files its own run folder',
    query: deleteQuery,
    returns: '{task_id, deleted_files}',
    errors: [400, 404, 409],
  })
  @Access('admin')
  @Delete('delete/:id')
  async delete(
    @Param('id') id: string,
    @Query() query: unknown,
    @Req() request: Request,
  ): Promise<{ task_id: string; deleted_files: boolean }> {
    const { delete_files: deleteFiles } = parseQuery(deleteQuery, query);
    return { task_id: id, ...(await this.results.delete(id, deleteFiles === 'true', actorOf(request))) };
  }
}
