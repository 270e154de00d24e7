import { Controller, Get, NotFoundException, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { Access } from '../auth/access.js';
import { sendFile } from '../http/send-file.js';
import { PageAssets } from './page-assets.js';

const YEAR_S = 365 * 86_400;

/** Serves what pages name by `PageAssets.url`. */
@ApiExcludeController()
@Controller('assets')
export class AssetsController {
  constructor(private readonly assets: PageAssets) {}

  @Access('public')
  @Get(':version/:file')
  async asset(
    @Param('version') version: string,
    @Param('file') file: string,
    @Res() response: Response,
  ): Promise<void> {
    const path = this.assets.path(file);
    if (path === null) throw new NotFoundException();
    // A page of an earlier release that is still open gets the present files, but not for good.
    const lasting = version === this.assets.version ? { immutable: true, maxAgeS: YEAR_S } : {};
    await sendFile(response, path, { ...lasting, public: true });
  }
}
