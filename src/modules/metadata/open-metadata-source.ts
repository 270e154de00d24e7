import { badInput } from '../../common/index.js';
import type { AppConfig, SiteConfig } from '../../infra/config/index.js';
import { openCsvSource } from './csv-source.js';
import type { LineSource, MetadataSource } from './metadata-source.js';
import { openPostgresSource } from './postgres-source.js';

/**
 * Opens what a site's configuration names and proves that it answers.
 * @throws AppError DATABASE_LOGIN_REFUSED, DATABASE_MISSING, TABLE_MISSING, COLUMN_MISSING, SSH_HOST_KEY_MISMATCH,
 *   SSH_LOGIN_REFUSED, METADATA_CSV_* (bad input); DATABASE_UNREACHABLE, SSH_UNREACHABLE, SSH_FORWARD_FAILED (unavailable)
 */
export async function openMetadataSource(site: SiteConfig, settings: AppConfig['metadata']): Promise<MetadataSource> {
  return site.source === 'csv' ? openCsvSource(site.path) : openPostgresSource(site, settings);
}

/**
 * Opens a site whose images can be fetched: one with a database and, beside it, image servers.
 * @throws AppError `SITE_WITHOUT_IMAGES` (badInput) for a site that is a CSV export; else as above
 */
export async function openLineSource(
  name: string,
  site: SiteConfig,
  settings: AppConfig['metadata'],
): Promise<LineSource> {
  if (site.source === 'postgres') return openPostgresSource(site, settings);
  throw badInput(
    'SITE_WITHOUT_IMAGES',
    `site: expected a site with a database and an image server, got ${name}, which is a CSV export; name another site.`,
    { site: name },
  );
}
