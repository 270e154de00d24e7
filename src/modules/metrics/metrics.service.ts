import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { JobQueue } from '../queue/job-queue.js';
import { StatisticsService } from '../statistics/statistics.service.js';
import { readGpuUse } from './gpu-use.js';

const SECONDS = [0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

/** Figures for Prometheus; what lives in the database is read when it is scraped. */
@Injectable()
export class MetricsService implements OnModuleDestroy {
  private readonly registry = new Registry();
  private readonly httpSeconds = new Histogram({
    name: 'polarline_http_request_seconds',
    help: 'Time to answer a request, by method, route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly gauge = <T extends string>(name: string, help: string, labelNames: readonly T[] = []): Gauge<T> =>
    new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  private readonly tasks = this.gauge('polarline_tasks', 'Tasks by state', ['status']);
  private readonly queueJobs = this.gauge('polarline_queue_jobs', 'Jobs by queue and state', ['queue', 'state']);
  private readonly stepSeconds = this.gauge('polarline_step_seconds_total', 'Time spent in finished steps', ['step']);
  private readonly stepsDone = this.gauge('polarline_steps_finished_total', 'Finished steps', ['step']);
  private readonly gpuUse = this.gauge('polarline_gpu_use_ratio', 'Use of each GPU, 0..1', ['gpu']);
  private readonly gpuMemory = this.gauge('polarline_gpu_memory_bytes', 'Memory in use on each GPU', ['gpu']);
  private readonly speed = this.gauge('polarline_images_per_second', 'Newest speed of each running training', ['task']);

  constructor(
    private readonly queue: JobQueue,
    private readonly statistics: StatisticsService,
  ) {
    collectDefaultMetrics({ register: this.registry, prefix: 'polarline_' });
  }

  onModuleDestroy(): void {
    this.registry.clear();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Times each request by its route's pattern, so that ids do not become labels. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = process.hrtime.bigint();
    response.on('finish', () => {
      const route = (request.route as { path?: string } | undefined)?.path ?? 'none';
      const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
      this.httpSeconds.observe({ method: request.method, route, status: String(response.statusCode) }, seconds);
    });
    next();
  };

  async scrape(): Promise<string> {
    const [byStatus, steps, queues, speeds, gpus] = await Promise.all([
      this.statistics.tasksByStatus(),
      this.statistics.steps(),
      this.queue.counts(),
      this.statistics.speeds(),
      readGpuUse(),
    ]);
    // What an earlier scrape was told, maybe one that may see more, is not told again.
    for (const gauge of [this.tasks, this.stepSeconds, this.stepsDone, this.queueJobs, this.speed]) gauge.reset();
    for (const [status, count] of Object.entries(byStatus)) this.tasks.set({ status }, count);
    for (const { name, finished, total_ms: totalMs } of steps) {
      this.stepSeconds.set({ step: name }, totalMs / 1000);
      this.stepsDone.set({ step: name }, finished);
    }
    for (const [queue, states] of Object.entries(queues))
      for (const [state, count] of Object.entries(states)) this.queueJobs.set({ queue, state }, count);
    for (const { taskId, imagesPerSecond } of speeds) this.speed.set({ task: taskId }, imagesPerSecond);
    for (const { index, useRatio, memoryBytes } of gpus) {
      this.gpuUse.set({ gpu: index }, useRatio);
      this.gpuMemory.set({ gpu: index }, memoryBytes);
    }
    return this.registry.metrics();
  }
}
