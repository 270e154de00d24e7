export {
  appConfigSchema,
  configFolder,
  isLoopback,
  loadAppConfig,
  packageRoot,
  type AppConfig,
  type LoadAppConfigOptions,
} from './app-config.js';
export {
  databaseConfigsSchema,
  loadSites,
  siteConfigSchema,
  sshConfigSchema,
  type CsvSiteConfig,
  type PostgresSiteConfig,
  type SiteConfig,
  type SitesFile,
  type SshConfig,
} from './database-config.js';
export {
  childEnvironment,
  defaultDataFolder,
  environment,
  environmentVariable,
  isRoot,
  readEnvironment,
  type Environment,
} from './environment.js';
export {
  deepFreeze,
  loadYamlConfig,
  validateConfig,
  type LoadOptions,
  type ValidateOptions,
} from './load-yaml-config.js';
export { applyOverrides, parseAssignment } from './overrides.js';
export { resolveReference, resolveReferences, type ReferenceOptions } from './references.js';
export { configFields, describeExpected, leafPaths, validKeysAt, type ConfigField } from './schema-info.js';
