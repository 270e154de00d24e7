import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';

const PROGRAM = '/usr/sbin/sshd';

/** True where Debian's OpenSSH server and its tools are installed. */
export function hasSshd(): boolean {
  return existsSync(PROGRAM) && spawnSync('ssh-keygen', ['-V']).error === undefined;
}

/** OpenSSH's server for this user on a port of the loopback interface, whose connections can be cut. */
export class Sshd {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(folder: string, port: number): Promise<Sshd> {
    mkdirSync(folder, { recursive: true });
    const file = (name: string): string => join(folder, name);
    for (const name of ['host', 'user']) spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)]);
    writeFileSync(file('authorized_keys'), readFileSync(file('user.pub')));
    const settings = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${file('host')}`,
      `PidFile ${file('pid')}`,
      `AuthorizedKeysFile ${file('authorized_keys')}`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
      'AllowTcpForwarding local',
      'MaxStartups 100',
    ];
    writeFileSync(file('sshd_config'), settings.join('\n'));
    if (userInfo().uid === 0) {
      mkdirSync('/run/sshd', { recursive: true });
      chmodSync('/run/sshd', 0o755);
    }
    const sshd = new Sshd(folder, port);
    await sshd.up();
    return sshd;
  }

  /** The `ssh` block of a site. */
  get login(): Readonly<Record<string, unknown>> {
    const printed = spawnSync('ssh-keygen', ['-lf', join(this.folder, 'host.pub')]).stdout.toString();
    return {
      host: '127.0.0.1',
      port: this.port,
      user: userInfo().username,
      privateKey: readFileSync(join(this.folder, 'user'), 'utf8'),
      hostKeyFingerprint: printed.split(' ')[1],
    };
  }

  /** Ends every connection in the middle of what it carries, then serves again. */
  async cut(): Promise<void> {
    await this.end();
    await this.up();
  }

  async end(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    // Each connection has processes of its own below the one that listens.
    const below = descendantsOf(child.pid!);
    child.kill('SIGKILL');
    for (const pid of below) killQuietly(pid);
    await gone;
  }

  /** A process of the last server that had just begun may keep its port for a moment. */
  private async up(): Promise<void> {
    let log = '';
    await eventually(async () => {
      log = await this.attempt();
      return log === '' || !log.includes('Address already in use');
    });
    if (log !== '') throw new Error(log);
  }

  /** Empty once it listens, else what it said. */
  private async attempt(): Promise<string> {
    const child = spawn(PROGRAM, ['-D', '-e', '-f', join(this.folder, 'sshd_config')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    return new Promise<string>((resolve) => {
      let log = '';
      child.stderr.on('data', (text: Buffer) => {
        log += text.toString();
        if (log.includes('Server listening')) resolve('');
      });
      child.once('exit', () => resolve(log));
    });
  }
}

function descendantsOf(pid: number): number[] {
  const found =
    spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)])
      .stdout.toString()
      .match(/\d+/g) ?? [];
  return found.map(Number).flatMap((child) => [child, ...descendantsOf(child)]);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
