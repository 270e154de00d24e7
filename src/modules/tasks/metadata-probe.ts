import { Inject, Injectable } from '@nestjs/common';
import { AppError, badInput, errorMessage } from '../../common/index.js';
import type { SiteConfig } from '../../infra/config/index.js';
import { openMetadataSource, type MetadataSource } from '../metadata/index.js';
import { APP_CONFIG, SITES, type AppConfig, type SitesFile } from '../settings/app-settings.js';

/** A site that answered this recently is not asked again for each start of a burst. */
const FRESH_MS = 30_000;

/** Opens the metadata of a site, and tells beforehand whether it can be opened. */
@Injectable()
export class MetadataProbe {
  private readonly answeredAt = new Map<string, number>();
  private readonly outcomes = new Map<string, string | null>();

  constructor(
    @Inject(SITES) private readonly sites: SitesFile,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** Connects once, so that a wrong site, address, key or password is told before anything is started. @throws AppError (badInput) */
  async check(site: string, metadataCsv: string | null): Promise<void> {
    const key = JSON.stringify([site, metadataCsv]);
    if (Date.now() - (this.answeredAt.get(key) ?? 0) < FRESH_MS) return;
    try {
      const source = await this.open(site, metadataCsv);
      await source.close();
    } catch (error) {
      // Nothing was started yet, so an unreachable database is the caller's to mend, as a wrong password is.
      if (error instanceof AppError && error.kind === 'unavailable')
        throw badInput(error.code, error.message, error.details);
      throw error;
    }
    this.answeredAt.set(key, Date.now());
  }

  /** How each site answered when it was last asked; `failure` is null where it did. */
  lastOutcomes(): { site: string; failure: string | null }[] {
    return [...this.outcomes].map(([site, failure]) => ({ site, failure }));
  }

  async open(site: string, metadataCsv: string | null): Promise<MetadataSource> {
    const source: SiteConfig = metadataCsv === null ? this.sites.site(site) : { source: 'csv', path: metadataCsv };
    try {
      const opened = await openMetadataSource(source, this.config.metadata);
      if (metadataCsv === null) this.outcomes.set(site, null);
      return opened;
    } catch (error) {
      if (metadataCsv === null) this.outcomes.set(site, errorMessage(error));
      throw error;
    }
  }
}
