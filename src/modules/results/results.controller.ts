import { Controller, Delete, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { parseQuery } from '../http/parse.js';
import { sendFile } from '../http/send-file.js';
import { ResultsService, type ResultDto } from './results.service.js';
import { ApiTags } from '@nestjs/swagger';
import { ApiRoute } from '../http/api-docs.js';
import { Access } from '../auth/access.js';
import { actorOf } from '../http/actor-of.js';

const deleteQuery = z.strictObject({ delete_files: z.enum(['true', 'false']).default('false') });

@ApiTags('training')
@Controller('training')
export class ResultsController {
  constructor(private readonly results: ResultsService) {}

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
    summary: 'A file of a completed task; with ranges and ETag',
    returns: 'The file',
    produces: 'application/octet-stream',
    errors: [404, 409],
  })
  @Access('viewer')
  @Get('download/:id/:type')
  async download(@Param('id') id: string, @Param('type') type: string, @Res() response: Response): Promise<void> {
    const file = await this.results.download(id, type);
    response.setHeader('Content-Type', file.mediaType);
    response.attachment(file.name);
    response.setHeader('Content-Type', file.mediaType);
    if (file.sha256 !== null) response.setHeader('ETag', `"${file.sha256}"`);
    await sendFile(response, file.path, { cacheControl: false });
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
