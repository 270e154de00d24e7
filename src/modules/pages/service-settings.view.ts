import { join } from 'node:path';
import { appConfigSchema, configFields } from '../../infra/config/index.js';
import { redactSecrets } from '../../infra/logging/index.js';
import type { AppConfig } from '../settings/app-settings.js';
import type { I18n } from './i18n/index.js';
import { fieldValue, valueAt } from './setting-fields.js';
import { boundsText } from './settings.view.js';

const FIELDS = configFields(appConfigSchema);

/** View of views/service-settings.hbs: configs.yaml as the service runs with it; passwords are left out. */
export function serviceSettingsView(
  config: AppConfig,
  i18n: I18n,
): { readonly title: string } & Record<string, unknown> {
  return {
    title: i18n.t('settings.service'),
    file: join(config.configFolder, 'configs.yaml'),
    blocks: Object.keys(appConfigSchema.shape).map((name) => ({
      name,
      rows: FIELDS.filter(({ path }) => path.startsWith(`${name}.`)).map((field) => {
        const value = valueAt(config, field.path);
        return {
          name: field.path,
          value: shown(value),
          standard: shown(field.defaultValue),
          bounds: boundsText(field, i18n) || field.options.join(', '),
          changed: shown(value) !== shown(field.defaultValue),
        };
      }),
    })),
  };
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return redactSecrets(fieldValue(value));
}
