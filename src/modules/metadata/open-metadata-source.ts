import type { AppConfig, SiteConfig } from '../../infra/config/index.js';
import { openCsvSource } from './csv-source.js';
import type { MetadataSource } from './metadata-source.js';
import { openPostgresSource } from './postgres-source.js';

/**
 * Opens what a site's configuration names and proves that it answers.
 * @throws AppError DATABASE_LOGIN_REFUSED, DATABASE_MISSING, TABLE_MISSING, COLUMN_MISSING, SSH_HOST_KEY_MISMATCH,
 *   SSH_LOGIN_REFUSED, METADATA_CSV_* (bad input); DATABASE_UNREACHABLE, SSH_UNREACHABLE, SSH_FORWARD_FAILED (unavailable)
 */
export async function openMetadataSource(site: SiteConfig, settings: AppConfig['metadata']): Promise<MetadataSource> {
  return site.source === 'csv' ? openCsvSource(site.path) : openPostgresSource(site, settings);
}
