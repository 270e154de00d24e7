import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname.replace(/([/\\])dist-bench[/\\]/, '$1'), '..', '..');

/** A long-running `polarline` command as a service manager runs it: started again whenever it ends. */
export class PolarlineProcess {
  private child: ChildProcess | null = null;
  private ending = false;
  private supervision: Promise<void> = Promise.resolve();
  private said: Readonly<Record<string, unknown>> | null = null;
  private waiting: (() => void)[] = [];
  /** Last words of a process that could not start. */
  stderr = '';

  constructor(
    private readonly args: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
  ) {
    this.supervision = this.supervise();
  }

  /** The first line of its JSON output, once it is up. */
  async ready(): Promise<Readonly<Record<string, unknown>>> {
    while (this.said === null) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.said;
  }

  /** Without warning, as a power cut; it comes up again by itself. */
  kill(): void {
    this.said = null;
    this.child?.kill('SIGKILL');
  }

  async end(): Promise<void> {
    this.ending = true;
    this.child?.kill('SIGKILL');
    await this.supervision;
  }

  private async supervise(): Promise<void> {
    while (!this.ending) {
      const child = spawn(process.execPath, [join(ROOT, 'bin', 'polarline.js'), ...this.args, '--json'], {
        env: { ...process.env, ...this.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      this.child = child;
      child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr = (this.stderr + text).slice(-4000)));
      const lines = createInterface({ input: child.stdout });
      lines.once('line', (line) => {
        this.said = JSON.parse(line) as Record<string, unknown>;
        for (const tell of this.waiting.splice(0)) tell();
      });
      await once(child, 'exit');
      lines.close();
      this.said = null;
    }
  }
}
