import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { AccountPageController } from './account-page.controller.js';
import { AuditPageController } from './audit-page.controller.js';
import { KeysPageController } from './keys-page.controller.js';
import { PagesModule } from './pages.module.js';
import { SettingsPageController } from './settings-page.controller.js';
import { UsersPageController } from './users-page.controller.js';

/** Pages about Polarline itself; apart from `PagesModule`, which signing in needs. */
@Module({
  imports: [PagesModule, AuthModule, SettingsModule],
  controllers: [
    SettingsPageController,
    AuditPageController,
    AccountPageController,
    KeysPageController,
    UsersPageController,
  ],
})
export class ManagementPagesModule {}
