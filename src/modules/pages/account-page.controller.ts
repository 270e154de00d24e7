import { Body, Controller, Get, Header, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AppError, badInput } from '../../common/index.js';
import { Access } from '../auth/access.js';
import { currentIdentity } from '../auth/access-scope.js';
import { setSessionCookie } from '../auth/session-cookie.js';
import { SessionService } from '../auth/session.service.js';
import { UserService } from '../auth/user.service.js';
import { actorOf } from '../http/actor-of.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import { accountView } from './account.view.js';
import { answerForm, doneNotice, secretField, type FormBody } from './forms.js';
import { pageContext } from './i18n/index.js';
import type { ProblemView } from './problem.view.js';
import { ViewRenderer } from './view-renderer.js';

const HERE = '/settings/account';

/** One's own account: views/account.hbs. */
@ApiExcludeController()
@Access('viewer')
@Controller('settings/account')
export class AccountPageController {
  constructor(
    private readonly users: UserService,
    private readonly sessions: SessionService,
    private readonly views: ViewRenderer,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  account(@Query('done') done: unknown): string {
    return this.page({ notice: doneNotice(done, pageContext().i18n) });
  }

  /** Ends all sessions of the account; this browser gets a new one. */
  @Post()
  async password(@Body() body: FormBody, @Req() request: Request, @Res() response: Response): Promise<void> {
    const change = async (): Promise<string> => {
      const identity = currentIdentity();
      if (!identity?.csrfToken)
        throw badInput('NO_ACCOUNT', 'Expected somebody who has signed in; a key has no password.');
      const name = identity.name.replace(/^user:/, '');
      const [current, next] = [secretField(body, 'current'), secretField(body, 'password')];
      if (next !== secretField(body, 'again'))
        throw badInput('PASSWORDS_DIFFER', 'The new password was typed differently the second time.');
      const actor = actorOf(request);
      await this.sessions.verify(name, current, actor.from).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'SIGN_IN_FAILED')
          throw badInput('PASSWORD_WRONG', 'The present password is wrong; nothing was changed.');
        throw error;
      });
      await this.users.change(name, { password: next }, actor);
      setSessionCookie(response, await this.sessions.open(name, next, actor.from), this.config);
      return `${HERE}?done=password`;
    };
    await answerForm(response, pageContext().i18n, change, async (problem) => this.page({ notice: null, problem }));
  }

  private page(state: { readonly notice: string | null; readonly problem?: ProblemView }): string {
    const { minimumPasswordLength } = this.config.security;
    const view = accountView(currentIdentity()!, minimumPasswordLength, pageContext().i18n, state);
    return this.views.render('account', view);
  }
}
