import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { childEnvironment, packageRoot } from '../infra/config/index.js';

export interface ServiceProcessSpec {
  readonly configFolder: string;
  readonly dataFolder: string;
  /** Variables that the configuration refers to: the secrets. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly logPath: string;
  readonly verbose: boolean;
}

const LOG_LINES_SHOWN = 30;
const STOP_MS = 40_000;

/** `polarline serve` as a user starts it, in a process of its own. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Resolves when it serves. @throws with the end of its log when it does not come up. */
  static async start(spec: ServiceProcessSpec): Promise<ServiceProcess> {
    const child = spawn(
      process.execPath,
      [join(packageRoot(), 'bin', 'polarline.js'), 'serve', '--port', '0', '--json'],
      {
        env: childEnvironment({
          ...spec.secrets,
          POLARLINE_CONFIG: spec.configFolder,
          POLARLINE_DATA: spec.dataFolder,
          DATABASE_URL: '',
          REDIS_URL: '',
        }),
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    const log = createWriteStream(spec.logPath);
    child.stderr!.pipe(log);
    if (spec.verbose) child.stderr!.pipe(process.stderr);
    const url = await Promise.race([servedUrl(child), once(child, 'exit').then(() => null)]);
    if (url !== null) return new ServiceProcess(child, url);
    const lines = (await readFile(spec.logPath, 'utf8')).trimEnd().split('\n');
    throw new Error(`polarline serve did not start:\n${lines.slice(-LOG_LINES_SHOWN).join('\n')}`);
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Asks it to stop, as a service manager would, and waits until it is gone. */
  async stop(): Promise<void> {
    if (!this.alive) return;
    const gone = once(this.child, 'exit');
    if (this.child.connected) this.child.disconnect();
    const kill = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(kill);
  }
}

/** The address in the first line of its JSON output. */
async function servedUrl(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const event = JSON.parse(line) as { type?: string; url?: string };
      if (event.type === 'serving' && event.url !== undefined) resolve(event.url);
    });
  });
}
