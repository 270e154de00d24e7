export {
  acquireDatabase,
  acquireEmbeddedPostgres,
  removeEmbeddedPostgres,
  type DatabaseHandle,
  type DatabaseLog,
} from './acquire-database.js';
export { type ClusterOptions } from './cluster.js';
export { createDataSource, dataSourceOptions, isInUse, type DataSourceSpec } from './data-source.js';
export { explainPostgresError, isConnectionLost, type DatabaseTarget } from './postgres-errors.js';
export { preparedQuery } from './prepared-query.js';
