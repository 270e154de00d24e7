import { Controller, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { Access } from '../auth/access.js';
import { actorOf } from '../http/actor-of.js';
import { ApiRoute } from '../http/api-docs.js';
import { parseQuery } from '../http/parse.js';
import { CleanupService, type CleanupDto } from './cleanup.service.js';

const cleanupQuery = z.strictObject({ dry_run: z.enum(['true', 'false']).default('true') });

@ApiTags('operations')
@Controller('maintenance')
export class MaintenanceController {
  constructor(private readonly cleanup: CleanupService) {}

  @ApiRoute({
    summary: 'Remove what retention in configs.yaml no longer keeps; with dry_run (the default) only say what',
    query: cleanupQuery,
    returns: '{dry_run, tasks, trash, temporary_files, pool_images, thumbnails, events, audit_rows, problems}',
    errors: [400, 409],
  })
  @Access('admin')
  @Post('cleanup')
  @HttpCode(200)
  run(@Query() query: unknown, @Req() request: Request): Promise<CleanupDto> {
    return this.cleanup.cleanUp(parseQuery(cleanupQuery, query).dry_run === 'true', actorOf(request));
  }
}
