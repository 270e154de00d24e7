import { Module } from '@nestjs/common';
import { CleanupService } from './cleanup.service.js';
import { CleanupTimer } from './cleanup-timer.js';

/** Retention: in workers on a timer, over REST and from the command line when asked. */
@Module({ providers: [CleanupService, CleanupTimer], exports: [CleanupService, CleanupTimer] })
export class MaintenanceModule {}
