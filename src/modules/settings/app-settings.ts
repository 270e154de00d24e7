import type { AppConfig, SitesFile } from '../../infra/config/index.js';

/** Injection tokens for what the roots load once and hand in. */
export const APP_CONFIG = Symbol('APP_CONFIG');
export const SITES = Symbol('SITES');
export const WORKER_ID = Symbol('WORKER_ID');

export const LOGGER = Symbol('LOGGER');

export type { AppConfig, SitesFile };

/** The part of the logger (pino) that the service uses. */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
