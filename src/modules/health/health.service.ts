import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { errorMessage } from '../../common/index.js';
import { currentIdentity, currentScope } from '../auth/access-scope.js';
import { JobQueue } from '../queue/job-queue.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import { freeMiBAt } from '../tasks/free-space.js';
import { MetadataProbe } from '../tasks/metadata-probe.js';

export interface HealthCheckDto {
  readonly ok: boolean;
  /** In a sentence, why it is as it is. */
  readonly reason: string;
}

export interface HealthDto {
  readonly status: 'ready' | 'not_ready';
  readonly checks: Readonly<Record<'database' | 'queue' | 'disk' | 'sites', HealthCheckDto>>;
}

const CHECK_TIMEOUT_MS = 3_000;

/** Whether this process can do its work, and why not. */
@Injectable()
export class HealthService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
    private readonly metadata: MetadataProbe,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  async ready(): Promise<HealthDto> {
    const [database, queue, disk] = await Promise.all([
      check('The database answers.', () => this.dataSource.query('SELECT 1')),
      check('The queue answers.', () => this.queue.counts()),
      check('', () => this.disk()),
    ]);
    const ok = database.ok && queue.ok && disk.ok;
    return { status: ok ? 'ready' : 'not_ready', checks: { database, queue, disk, sites: this.sites() } };
  }

  private async disk(): Promise<string> {
    const { runsFolder, minimumFreeMiB } = this.config.storage;
    const freeMiB = await freeMiBAt(runsFolder);
    const told = `${Math.floor(freeMiB)} MiB are free at ${runsFolder}`;
    if (freeMiB < minimumFreeMiB) throw new Error(`${told}; expected at least ${minimumFreeMiB}.`);
    return `${told}.`;
  }

  /** A site that does not answer stops its own tasks only, so this one never makes the service unready. */
  private sites(): HealthCheckDto {
    const { sites } = currentScope();
    // Monitors need not sign in; names and addresses are for those who have.
    if (currentIdentity() === null) return { ok: true, reason: 'Sign in to see how each site answered.' };
    const outcomes = this.metadata.lastOutcomes().filter(({ site }) => sites?.includes(site) ?? true);
    const failed = outcomes.filter(({ failure }) => failure !== null);
    if (failed.length > 0)
      return { ok: false, reason: failed.map(({ site, failure }) => `${site}: ${failure ?? ''}`).join('; ') };
    if (outcomes.length === 0) return { ok: true, reason: 'No site was asked yet.' };
    return { ok: true, reason: `${outcomes.map(({ site }) => site).join(', ')} answered when last asked.` };
  }
}

async function check(fine: string, ask: () => Promise<unknown>): Promise<HealthCheckDto> {
  try {
    const answer = await Promise.race([ask(), late()]);
    return { ok: true, reason: fine === '' ? String(answer) : fine };
  } catch (error) {
    return { ok: false, reason: errorMessage(error) };
  }
}

function late(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`No answer within ${CHECK_TIMEOUT_MS} ms.`)), CHECK_TIMEOUT_MS).unref();
  });
}
