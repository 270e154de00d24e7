export {
  QUEUE_NAMES,
  QUEUE_SCHEMA,
  QueueBackend,
  queueBackendSpec,
  type QueueBackendSpec,
  type QueueName,
} from './queue-backend.js';
export { explainQueueError } from './queue-errors.js';
export { addJobInTransaction, type JobToAdd, type TransactionQuery } from './transactional-add.js';
