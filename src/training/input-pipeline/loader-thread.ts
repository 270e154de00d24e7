import { Worker } from 'node:worker_threads';
import { fromErrorWire, type ErrorWire } from '../../common/index.js';
import type { BatchRequest, LoaderSpec } from './batch-loader.js';

export interface LoaderRequest {
  readonly id: number;
  readonly batch: BatchRequest;
}
export type LoaderReply =
  { readonly id: number; readonly images: Float32Array } | { readonly id: number; readonly error: ErrorWire };

interface Waiting {
  readonly resolve: (images: Float32Array) => void;
  readonly reject: (error: Error) => void;
}

/** True where the compiled worker lies beside this file; sources run by a test runner load in their own thread. */
export const loaderThreadsAvailable = import.meta.url.endsWith('.js');

/** One thread that loads batches. */
export class LoaderThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 0;

  constructor(spec: LoaderSpec) {
    this.worker = new Worker(new URL('./loader-worker.js', import.meta.url), {
      workerData: spec,
      // Flags meant for this thread's program (--eval, --input-type, a debugger) are not the loader's.
      execArgv: [],
    });
    this.worker.on('message', (reply: LoaderReply) => this.settle(reply));
    this.worker.on('error', (error) => this.failAll(error instanceof Error ? error : new Error(String(error))));
    this.worker.on('exit', (code) => this.failAll(new Error(`the loader thread ended with code ${code}`)));
  }

  get pending(): number {
    return this.waiting.size;
  }

  load(batch: BatchRequest): Promise<Float32Array> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, batch } satisfies LoaderRequest);
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(reply: LoaderReply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(fromErrorWire(reply.error));
    else waiting?.resolve(reply.images);
  }

  private failAll(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
