import { Module } from '@nestjs/common';
import { ImagePoolModule } from '../image-pool/image-pool.module.js';
import { CleanupService } from './cleanup.service.js';
import { CleanupTimer } from './cleanup-timer.js';

/** Retention: in workers on a timer, over REST and from the command line when asked. */
@Module({
  imports: [ImagePoolModule],
  providers: [CleanupService, CleanupTimer],
  exports: [CleanupService, CleanupTimer],
})
export class MaintenanceModule {}
