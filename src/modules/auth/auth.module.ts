import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuditController } from '../audit/audit.controller.js';
import { AuditService } from '../audit/audit.service.js';
import { PagesModule } from '../pages/pages.module.js';
import { AccessGuard } from './access.guard.js';
import { IdentityMiddleware } from './identity.middleware.js';
import { IdentityService } from './identity.service.js';
import { KeyService } from './key.service.js';
import { SessionService } from './session.service.js';
import { SignInController } from './sign-in.controller.js';
import { UserService } from './user.service.js';
import { UsersController } from './users.controller.js';

/** Who may do what: users, keys, sessions, the guard of every route, and the audit trail. */
@Module({
  imports: [PagesModule],
  controllers: [UsersController, SignInController, AuditController],
  providers: [
    UserService,
    KeyService,
    SessionService,
    IdentityService,
    IdentityMiddleware,
    AuditService,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [UserService, KeyService, SessionService, AuditService],
})
export class AuthModule {}
