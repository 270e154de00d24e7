import { Body, Controller, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { trainConfigSchema, type TrainConfig } from '../../training/config.js';
import { actorOf } from '../http/actor-of.js';
import { parseBody } from '../http/parse.js';
import { SITES, type SitesFile } from '../settings/app-settings.js';
import { TRAIN_CONFIG_BLOCKS, TrainConfigService, type ConfigVersionDto } from '../settings/train-config.service.js';
import { camelKeys } from '../tasks/start-request.js';
import { ApiTags } from '@nestjs/swagger';
import { ApiRoute } from '../http/api-docs.js';
import { Access } from '../auth/access.js';

/** Any blocks with any of their keys, in camelCase or snake_case. */
export const configUpdateSchema = z.strictObject(
  Object.fromEntries(TRAIN_CONFIG_BLOCKS.map((name) => [name, z.record(z.string(), z.unknown()).optional()])),
);

/** What new tasks train with. A change never touches tasks that have started. */
@ApiTags('config')
@Controller('config')
export class ConfigController {
  constructor(
    private readonly configs: TrainConfigService,
    @Inject(SITES) private readonly sites: SitesFile,
  ) {}

  @ApiRoute({ summary: 'What new tasks train with', returns: '{version, config, source, changed_by, changed_at}' })
  @Access('viewer')
  @Get('current')
  current(): Promise<ConfigVersionDto> {
    return this.configs.current();
  }

  @ApiRoute({ summary: 'The defaults', returns: '{config}' })
  @Access('viewer')
  @Get('default')
  default(): { config: TrainConfig } {
    return { config: trainConfigSchema.parse({}) };
  }

  @ApiRoute({ summary: 'Earlier versions, newest first', returns: '{versions}' })
  @Access('viewer')
  @Get('history')
  async history(): Promise<{ versions: ConfigVersionDto[] }> {
    return { versions: await this.configs.history() };
  }

  @ApiRoute({
    summary: 'Change what new tasks train with',
    body: configUpdateSchema,
    returns: 'The new version',
    errors: [400],
  })
  @Access('engineer')
  @Post('update')
  @HttpCode(200)
  update(@Body() body: unknown, @Req() request: Request): Promise<ConfigVersionDto> {
    const blocks = parseBody(configUpdateSchema, body) as Record<string, Record<string, unknown> | undefined>;
    const given = Object.entries(blocks).filter((entry): entry is [string, Record<string, unknown>] => !!entry[1]);
    const overrides = Object.fromEntries(given.map(([name, block]) => [name, camelKeys(block)]));
    return this.configs.update(overrides, actorOf(request));
  }

  @ApiRoute({ summary: 'Go back to train_configs.yaml', returns: 'The new version' })
  @Access('engineer')
  @Post('reset')
  @HttpCode(200)
  reset(@Req() request: Request): Promise<ConfigVersionDto> {
    return this.configs.reset(actorOf(request));
  }

  /** Names only; how a site is reached stays in its file. */
  @ApiRoute({ summary: 'Names of the configured sites', returns: '{sites}' })
  @Access('viewer')
  @Get('sites')
  siteNames(): { sites: readonly string[] } {
    return { sites: this.sites.siteNames };
  }
}
