import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { HealthService, type HealthDto } from './health.service.js';
import { ApiTags } from '@nestjs/swagger';
import { ApiRoute } from '../http/api-docs.js';
import { Access } from '../auth/access.js';

@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @ApiRoute({ summary: 'Whether the service can work, and why not', returns: '{status, checks}', alsoWith: [503] })
  @Access('viewer')
  @Get()
  all(@Res({ passthrough: true }) response: Response): Promise<HealthDto> {
    return this.ready(response);
  }

  /** The process runs and answers. */
  @ApiRoute({ summary: 'The process answers', returns: '{status}' })
  @Access('public')
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** 503 while it cannot do its work. */
  @ApiRoute({ summary: 'Whether the service can work, and why not', returns: '{status, checks}', alsoWith: [503] })
  @Access('public')
  @Get('ready')
  async ready(@Res({ passthrough: true }) response: Response): Promise<HealthDto> {
    const health = await this.health.ready();
    if (health.status !== 'ready') response.status(503);
    return health;
  }
}
