export { type JobOutcome } from './job-outcome.js';
export { Hold, type StopReason } from './hold.js';
export { LeasedEntity } from './leased.entity.js';
export { heldForMs, LeaseLost, Leases, letGo, type Standing } from './leases.js';
export { LeasesModule } from './leases.module.js';
export { isUniqueViolation, transact, type Transaction } from './transact.js';
