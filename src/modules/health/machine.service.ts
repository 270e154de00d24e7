import { statfs } from 'node:fs/promises';
import { cpus, freemem, hostname, totalmem } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { currentScope } from '../auth/access-scope.js';
import { readGpuUse, type GpuUse } from '../metrics/gpu-use.js';
import { JobQueue } from '../queue/job-queue.js';
import { APP_CONFIG, SITES, type AppConfig, type SitesFile } from '../settings/app-settings.js';
import { existingFolder } from '../tasks/free-space.js';
import { MetadataProbe } from '../tasks/metadata-probe.js';
import { EngineProbeService, type EngineFindings } from './engine-probe.js';
import { HealthService, type HealthCheckDto } from './health.service.js';

export interface QueueDepth {
  readonly name: string;
  readonly waiting: number;
  readonly active: number;
}

export interface SiteState {
  readonly site: string;
  readonly state: 'answered' | 'failed' | 'unasked';
  /** Why it failed. */
  readonly reason: string | null;
}

/** The machine that serves the pages; the work may be done on others too. */
export interface MachineDto {
  readonly host: string;
  readonly cores: number;
  /** Of all cores since the last look, 0..1. */
  readonly cpuUse: number;
  readonly memory: { readonly usedBytes: number; readonly totalBytes: number };
  readonly disk: {
    readonly folder: string;
    readonly freeBytes: number;
    readonly totalBytes: number;
    readonly ok: boolean;
  };
  readonly gpus: readonly GpuUse[];
  readonly engine: EngineFindings;
  readonly queues: readonly QueueDepth[];
  readonly database: HealthCheckDto;
  readonly queue: HealthCheckDto;
  readonly sites: readonly SiteState[];
}

const FRESH_MS = 2_000;
const WAITING_STATES = ['waiting', 'prioritized', 'delayed'];

/** What the dashboard tells of the machine. */
@Injectable()
export class MachineService {
  private last: { readonly at: number; readonly machine: Promise<Omit<MachineDto, 'sites' | 'engine'>> } | null = null;
  private ticks = cpuTicks();

  constructor(
    private readonly health: HealthService,
    private readonly jobs: JobQueue,
    private readonly engines: EngineProbeService,
    private readonly metadata: MetadataProbe,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(SITES) private readonly sitesFile: SitesFile,
  ) {}

  /** Everybody who looks within two seconds is told the same. */
  async look(): Promise<MachineDto> {
    if (!this.last || Date.now() - this.last.at > FRESH_MS) this.last = { at: Date.now(), machine: this.measure() };
    return { ...(await this.last.machine), engine: this.engines.current(), sites: this.sites() };
  }

  private async measure(): Promise<Omit<MachineDto, 'sites' | 'engine'>> {
    const [{ checks }, disk, gpus] = await Promise.all([this.health.ready(), this.disk(), readGpuUse()]);
    const counts: Record<string, Record<string, number>> = checks.queue.ok ? await this.jobs.counts() : {};
    return {
      host: hostname(),
      cores: cpus().length,
      cpuUse: this.cpuUse(),
      memory: { usedBytes: totalmem() - freemem(), totalBytes: totalmem() },
      disk: { ...disk, ok: checks.disk.ok },
      gpus,
      queues: Object.entries(counts).map(([name, states]) => ({
        name,
        waiting: WAITING_STATES.reduce((sum, state) => sum + (states[state] ?? 0), 0),
        active: states.active ?? 0,
      })),
      database: checks.database,
      queue: checks.queue,
    };
  }

  private async disk(): Promise<{ folder: string; freeBytes: number; totalBytes: number }> {
    const folder = this.config.storage.runsFolder;
    const { bavail, blocks, bsize } = await statfs(await existingFolder(folder));
    return { folder, freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  }

  private cpuUse(): number {
    const [before, now] = [this.ticks, cpuTicks()];
    this.ticks = now;
    const total = now.total - before.total;
    return total <= 0 ? 0 : 1 - (now.idle - before.idle) / total;
  }

  private sites(): SiteState[] {
    const { sites } = currentScope();
    const outcomes = new Map(this.metadata.lastOutcomes().map(({ site, failure }) => [site, failure]));
    return this.sitesFile.siteNames
      .filter((site) => sites?.includes(site) ?? true)
      .map((site) => {
        const failure = outcomes.get(site);
        if (failure === undefined) return { site, state: 'unasked', reason: null };
        return { site, state: failure === null ? 'answered' : 'failed', reason: failure };
      });
  }
}

function cpuTicks(): { idle: number; total: number } {
  const times = cpus().map((cpu) => cpu.times);
  const total = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { idle: times.reduce((sum, { idle }) => sum + idle, 0), total };
}
