import { Body, Controller, Get, Header, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { stringify } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../common/index.js';
import { Access } from '../auth/access.js';
import { identityOf } from '../auth/identity.middleware.js';
import { roleCovers } from '../auth/roles.js';
import { actorOf } from '../http/actor-of.js';
import { parseQuery } from '../http/parse.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import { TrainConfigService } from '../settings/train-config.service.js';
import { answerForm, doneNotice, field, type FormBody } from './forms.js';
import { pageContext } from './i18n/index.js';
import { serviceSettingsView } from './service-settings.view.js';
import { problemsByField, readSettingsForm } from './settings-form.js';
import { settingsDiffView, settingsView, type SettingsState } from './settings.view.js';
import { ViewRenderer } from './view-renderer.js';

const version = z.coerce.number().int().min(0).max(2_147_483_647);
/** Without `from` a version is compared with the one before it. */
const diffQuery = z.object({ from: version.optional(), to: version });

/** The pages of the settings: views/settings.hbs, views/settings-diff.hbs and views/service-settings.hbs. */
@ApiExcludeController()
@Controller('settings')
export class SettingsPageController {
  constructor(
    private readonly configs: TrainConfigService,
    private readonly views: ViewRenderer,
    @Inject(APP_CONFIG) private readonly appConfig: AppConfig,
  ) {}

  @Access('viewer')
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  async settings(@Query('done') done: unknown, @Req() request: Request): Promise<string> {
    return this.page(request, { notice: doneNotice(done, pageContext().i18n) });
  }

  @Access('engineer')
  @Post()
  async save(@Body() body: FormBody, @Req() request: Request, @Res() response: Response): Promise<void> {
    const save = async (): Promise<string> => {
      const current = await this.configs.current();
      // Whoever changed something meanwhile is not overwritten unseen.
      if (field(body, 'version') !== String(current.version))
        throw new AppError(
          'conflict',
          'SETTINGS_CHANGED',
          `Somebody (${current.changed_by ?? '?'}) has saved version ${current.version} meanwhile; look at your values and save again.`,
          { by: current.changed_by ?? '?', version: String(current.version) },
        );
      const overrides = readSettingsForm(body, current.config);
      if (Object.keys(overrides).length === 0) return '/settings?done=unchanged';
      await this.configs.update(overrides, actorOf(request));
      return '/settings?done=saved';
    };
    await answerForm(response, pageContext().i18n, save, (problem, error) => {
      const problems = problemsByField(error);
      return this.page(request, {
        notice: null,
        sent: body,
        problems,
        ...(problems.size === 0 ? { problem } : {}),
      });
    });
  }

  @Access('engineer')
  @Post('reset')
  async reset(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.configs.reset(actorOf(request));
    response.redirect(303, '/settings?done=reset');
  }

  @Access('engineer')
  @Post('restore')
  async restore(@Body() body: FormBody, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.configs.restore(
      parseQuery(z.object({ version }), { version: field(body, 'version') }).version,
      actorOf(request),
    );
    response.redirect(303, '/settings?done=restored');
  }

  @Access('viewer')
  @Get('diff')
  @Header('Content-Type', 'text/html; charset=utf-8')
  async diff(@Query() query: unknown): Promise<string> {
    const { from, to } = parseQuery(diffQuery, query);
    const [before, after, history] = await Promise.all([
      from === undefined ? this.configs.versionBefore(to) : this.configs.version(from),
      this.configs.version(to),
      this.configs.history(),
    ]);
    return this.views.render('settings-diff', settingsDiffView(before, after, history, pageContext().i18n));
  }

  @Access('viewer')
  @Get('train_configs.yaml')
  async yaml(@Res() response: Response): Promise<void> {
    const { config } = await this.configs.current();
    response.attachment('train_configs.yaml').type('text/yaml').send(stringify(config));
  }

  /** What the service itself runs with; changed in its file only. */
  @Access('admin')
  @Get('service')
  @Header('Content-Type', 'text/html; charset=utf-8')
  service(): string {
    return this.views.render('service-settings', serviceSettingsView(this.appConfig, pageContext().i18n));
  }

  private async page(request: Request, state: Omit<SettingsState, 'editable'>): Promise<string> {
    const [current, history] = await Promise.all([this.configs.current(), this.configs.history()]);
    const identity = identityOf(request);
    const editable = identity !== null && roleCovers(identity.role, 'engineer');
    return this.views.render('settings', settingsView(current, history, pageContext().i18n, { ...state, editable }));
  }
}
