import { Body, Controller, Get, Header, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { badInput } from '../../common/index.js';
import { Access } from '../auth/access.js';
import { ROLES, type Role } from '../auth/roles.js';
import { UserService, type ChangeUserSpec } from '../auth/user.service.js';
import { actorOf } from '../http/actor-of.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import { answerForm, doneNotice, field, nameList, secretField, type FormBody } from './forms.js';
import { pageContext } from './i18n/index.js';
import { usersView, userView, type UsersState } from './users.view.js';
import { ViewRenderer } from './view-renderer.js';

const LIST = '/settings/users';

/** Who may sign in: views/users.hbs and views/user.hbs. */
@ApiExcludeController()
@Access('admin')
@Controller('settings/users')
export class UsersPageController {
  constructor(
    private readonly users: UserService,
    private readonly views: ViewRenderer,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  list(@Query('done') done: unknown): Promise<string> {
    return this.listPage({ notice: doneNotice(done, pageContext().i18n) });
  }

  @Post()
  async add(@Body() body: FormBody, @Req() request: Request, @Res() response: Response): Promise<void> {
    const add = async (): Promise<string> => {
      const spec = {
        name: field(body, 'name'),
        role: roleOf(body),
        password: secretField(body, 'password'),
        sites: nameList(body, 'sites'),
        lines: nameList(body, 'lines'),
      };
      await this.users.add(spec, actorOf(request));
      return `${LIST}?done=added`;
    };
    await answerForm(response, pageContext().i18n, add, (problem) =>
      this.listPage({ notice: null, problem, sent: body }),
    );
  }

  @Get(':name')
  @Header('Content-Type', 'text/html; charset=utf-8')
  user(@Param('name') name: string, @Query('done') done: unknown): Promise<string> {
    return this.userPage(name, { notice: doneNotice(done, pageContext().i18n) });
  }

  @Post(':name')
  async change(
    @Param('name') name: string,
    @Body() body: FormBody,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const change = (): ChangeUserSpec => ({
      role: roleOf(body),
      sites: nameList(body, 'sites'),
      lines: nameList(body, 'lines'),
    });
    await this.apply(name, change, body, request, response);
  }

  @Post(':name/password')
  async password(
    @Param('name') name: string,
    @Body() body: FormBody,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.apply(name, () => ({ password: secretField(body, 'password') }), body, request, response);
  }

  @Post(':name/disabled')
  async disabled(
    @Param('name') name: string,
    @Body() body: FormBody,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.apply(name, () => ({ disabled: field(body, 'disabled') === 'true' }), body, request, response);
  }

  private async apply(
    name: string,
    change: () => ChangeUserSpec,
    body: FormBody,
    request: Request,
    response: Response,
  ): Promise<void> {
    const act = async (): Promise<string> => {
      const user = await this.users.change(name, change(), actorOf(request));
      return `${LIST}/${encodeURIComponent(user.name)}?done=changed`;
    };
    await answerForm(response, pageContext().i18n, act, (problem) =>
      this.userPage(name, { notice: null, problem, sent: body }),
    );
  }

  private async listPage(state: UsersState): Promise<string> {
    const { minimumPasswordLength } = this.config.security;
    const view = usersView(await this.users.list(), minimumPasswordLength, pageContext().i18n, state);
    return this.views.render('users', view);
  }

  private async userPage(name: string, state: UsersState): Promise<string> {
    const { minimumPasswordLength } = this.config.security;
    const view = userView(await this.users.get(name), minimumPasswordLength, pageContext().i18n, state);
    return this.views.render('user', view);
  }
}

/** @throws AppError `ROLE_UNKNOWN` */
export function roleOf(body: FormBody): Role {
  const given = field(body, 'role');
  const role = ROLES.find((one) => one === given);
  if (role) return role;
  throw badInput('ROLE_UNKNOWN', `role: expected one of ${ROLES.join(', ')}, got ${JSON.stringify(given)}.`);
}
