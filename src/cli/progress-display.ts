import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

/** Shows how far the step at work is: a bar on a terminal, now and then a line elsewhere. */
export interface ProgressDisplay {
  /** `fraction` is 0..1 of `step` alone. */
  update(step: string, fraction: number, message?: string): void;
  /** Lets something else be written without tearing a bar. */
  around(write: () => void): void;
  end(): void;
}

export function createProgressDisplay(terminal: Terminal): ProgressDisplay {
  return terminal.interactive ? new BarDisplay(terminal) : new LineDisplay(terminal);
}

class BarDisplay implements ProgressDisplay {
  private bar: SingleBar | null = null;
  private step = '';
  private latest = { fraction: 0, message: '' };

  constructor(private readonly terminal: Terminal) {}

  update(step: string, fraction: number, message = ''): void {
    if (step !== this.step) {
      this.end();
      this.step = step;
    }
    this.latest = { fraction, message };
    if (this.bar === null) this.start();
    else this.bar.update(percent(fraction), { message: this.fit(message) });
  }

  around(write: () => void): void {
    const wasShown = this.bar !== null;
    if (wasShown) {
      this.stop(true);
    }
    write();
    if (wasShown) this.start();
  }

  end(): void {
    this.stop(false);
    this.step = '';
  }

  private start(): void {
    this.bar = new SingleBar(
      {
        format: `{step} {bar} {percentage}% {message}`,
        barsize: 24,
        hideCursor: true,
        stream: this.terminal.stderr,
        stopOnComplete: false,
        clearOnComplete: true,
        linewrap: false,
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
    this.bar.start(100, percent(this.latest.fraction), {
      step: this.step.padEnd(22),
      message: this.fit(this.latest.message),
    });
  }

  private stop(clear: boolean): void {
    if (this.bar === null) return;
    this.bar.stop();
    this.bar = null;
    if (!clear && this.step !== '') {
      const done = this.latest.fraction >= 1 ? 'done' : `${percent(this.latest.fraction)}%`;
      this.terminal.stderr.write(`${this.step.padEnd(22)} ${done}  ${this.latest.message}`.trimEnd() + '\n');
    }
  }

  private fit(message: string): string {
    const room = Math.max(10, this.terminal.columns - 56);
    return message.length <= room ? message : `${message.slice(0, room - 1)}…`;
  }
}

/** A log wants to know that a step began, where it is each tenth, and what it said last. */
class LineDisplay implements ProgressDisplay {
  private step = '';
  private tenth = -1;
  private message = '';

  constructor(private readonly terminal: Terminal) {}

  update(step: string, fraction: number, message = ''): void {
    const tenth = Math.floor(fraction * 10 + 1e-9);
    if (step === this.step && tenth <= this.tenth && (message === this.message || tenth < 10)) return;
    if (step === this.step && tenth === this.tenth && message === this.message) return;
    this.step = step;
    this.tenth = tenth;
    this.message = message;
    this.terminal.stderr.write(`${step}: ${percent(fraction)}%${message === '' ? '' : `  ${message}`}\n`);
  }

  around(write: () => void): void {
    write();
  }

  end(): void {
    this.step = '';
    this.tenth = -1;
    this.message = '';
  }
}

function percent(fraction: number): number {
  return Math.round(Math.min(1, Math.max(0, fraction)) * 100);
}
