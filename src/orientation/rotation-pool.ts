import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { fromErrorWire, type ErrorWire } from '../common/index.js';
import type { PixelSums } from '../dataset/index.js';
import { runRotationJob, type RotationJob } from './rotation-job.js';

export interface RotationRequest {
  readonly id: number;
  readonly jobs: readonly RotationJob[];
}

export type RotationReply =
  | { readonly id: number; readonly sums: readonly (PixelSums | null)[] }
  /** `code` as the error had it: an AppError's, or a system error's such as ENOSPC. */
  | { readonly id: number; readonly error: ErrorWire; readonly code: string | undefined };

/** Runs batches of rotation jobs; as many at a time as `width` says. */
export interface RotationPool {
  readonly width: number;
  /** The jobs' sums in their order; the first job that fails fails the batch. */
  run(jobs: readonly RotationJob[]): Promise<readonly (PixelSums | null)[]>;
  close(): Promise<void>;
}

/** Sources run by a test runner have no compiled worker beside them and work in their own thread. */
const threadsAvailable = import.meta.url.endsWith('.js');

/** Threads for at most `jobCount` jobs; few jobs are not worth a thread's start. */
export function openRotationPool(jobCount: number, threads = availableParallelism()): RotationPool {
  const wanted = Math.min(threads, 16, Math.ceil(jobCount / 32));
  return threadsAvailable && wanted > 1 ? new ThreadPool(wanted) : new OwnThread();
}

class OwnThread implements RotationPool {
  readonly width = 1;

  async run(jobs: readonly RotationJob[]): Promise<(PixelSums | null)[]> {
    const sums: (PixelSums | null)[] = [];
    for (const job of jobs) sums.push(await runRotationJob(job));
    return sums;
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}

interface Waiting {
  readonly resolve: (sums: readonly (PixelSums | null)[]) => void;
  readonly reject: (error: Error) => void;
}

class ThreadPool implements RotationPool {
  /** One batch under way and one waiting for every thread, so that none stands idle. */
  readonly width: number;
  private readonly threads: RotationThread[];

  constructor(threads: number) {
    this.width = 2 * threads;
    this.threads = Array.from({ length: threads }, () => new RotationThread());
  }

  run(jobs: readonly RotationJob[]): Promise<readonly (PixelSums | null)[]> {
    const freest = this.threads.reduce((best, thread) => (thread.pending < best.pending ? thread : best));
    return freest.run(jobs);
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }
}

class RotationThread {
  private readonly worker = new Worker(new URL('./rotation-worker.js', import.meta.url));
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 0;

  constructor() {
    this.worker.on('message', (reply: RotationReply) => this.settle(reply));
    this.worker.on('error', (error) => this.failAll(error instanceof Error ? error : new Error(String(error))));
    this.worker.on('exit', (code) => this.failAll(new Error(`the rotation thread ended with code ${code}`)));
  }

  get pending(): number {
    return this.waiting.size;
  }

  run(jobs: readonly RotationJob[]): Promise<readonly (PixelSums | null)[]> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, jobs } satisfies RotationRequest);
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(reply: RotationReply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    // The wire keeps an AppError's code; a system error's has to be put back.
    if ('error' in reply) waiting?.reject(Object.assign(fromErrorWire(reply.error), { code: reply.code }));
    else waiting?.resolve(reply.sums);
  }

  private failAll(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
