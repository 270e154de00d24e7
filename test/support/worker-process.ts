import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { compiledSources } from './compiled-sources.js';

/** A worker as it runs in a factory: a process of its own. */
export class WorkerProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves once it takes jobs. */
  static async start(overrides: readonly string[]): Promise<WorkerProcess> {
    const entry = join(await compiledSources(), 'worker.js');
    const child = fork(entry, [JSON.stringify({ overrides })], {
      // Tests have an environment of their own, which does not go on to children by itself.
      env: process.env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return new WorkerProcess(child);
  }

  /** Without warning, as a power cut. */
  async kill(): Promise<void> {
    if (this.ended) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  /** As a service manager stops it. Returns its exit code and how long it took. */
  async stop(): Promise<{ exitCode: number | null; tookMs: number }> {
    const startedAt = performance.now();
    const gone = once(this.child, 'exit');
    // Windows has no signals to send; a parent's message does the same.
    if (process.platform === 'win32') this.child.send('stop');
    else this.child.kill('SIGTERM');
    await gone;
    return { exitCode: this.child.exitCode, tookMs: performance.now() - startedAt };
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
