export {
  createLogger,
  logContext,
  stepLog,
  withLogContext,
  type LogContext,
  type LogDestination,
  type Logger,
  type LoggerConfig,
} from './logger.js';
export { redactSecrets, registerSecret } from './secrets.js';
