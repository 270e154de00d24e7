import { execFile, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { errorMessage } from '../../common/index.js';
import { childEnvironment, packageRoot } from '../../infra/config/index.js';

export interface EngineDto {
  readonly name: string;
  readonly available: boolean;
  readonly chosen_by_auto: boolean;
  readonly detail: string;
}

/** `looking` until the answer is there, a second or two after the first question. */
export type EngineFindings =
  | { readonly state: 'looking' }
  | { readonly state: 'found'; readonly engines: readonly EngineDto[] }
  | { readonly state: 'failed'; readonly reason: string };

const TIMEOUT_MS = 60_000;

/**
 * What this machine can train on. Asked once, in a process of its own: drivers and runtimes do not belong into the
 * one that serves pages, and some crash where they do not fit.
 */
@Injectable()
export class EngineProbeService implements OnApplicationShutdown {
  private findings: EngineFindings = { state: 'looking' };
  private child: ChildProcess | null = null;

  current(): EngineFindings {
    this.child ??= this.ask();
    return this.findings;
  }

  onApplicationShutdown(): void {
    this.child?.kill();
  }

  private ask(): ChildProcess {
    const command = [join(packageRoot(), 'bin', 'polarline.js'), 'engines', '--json'];
    const options = { env: childEnvironment({}), timeout: TIMEOUT_MS, windowsHide: true };
    return execFile(process.execPath, command, options, (error, stdout) => {
      this.findings = error ? { state: 'failed', reason: error.message } : readFindings(stdout);
    });
  }
}

function readFindings(stdout: string): EngineFindings {
  try {
    return { state: 'found', engines: (JSON.parse(stdout) as { engines: EngineDto[] }).engines };
  } catch (error) {
    return { state: 'failed', reason: errorMessage(error) };
  }
}
