import { describe } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { eventually } from './eventually.js';

const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path));

/** `describe` where Firefox is installed; else a skipped one that says what is missing. */
export function describeWithFirefox(name: string, body: () => void): void {
  if (FIREFOX) describe(name, body);
  else describe.skip(`${name} (skipped: no Firefox; apt-get install firefox-esr)`, body);
}

/** What a key is called in WebDriver, where it is no letter. */
const KEYS: Readonly<Record<string, string>> = {
  Enter: '\uE007',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
};

type Reply = readonly [type: number, id: number, error: { readonly message: string } | null, result: unknown];

/**
 * A Firefox without a window, as it comes from its distribution, driven by its own protocol (Marionette): Playwright
 * speaks to builds of its own and to newer releases alone.
 */
export class Firefox {
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private received = Buffer.alloc(0);
  private count = 0;

  private constructor(
    private readonly child: ChildProcess,
    private readonly profile: string,
    private readonly socket: Socket,
  ) {
    socket.on('data', (bytes) => this.take(bytes));
  }

  static async launch(locale = 'en-GB'): Promise<Firefox> {
    const profile = await mkdtemp(join(tmpdir(), 'polarline-firefox-'));
    const prefs = {
      // It takes a free one and writes it down.
      'marionette.port': 0,
      'intl.accept_languages': locale,
      'browser.shell.checkDefaultBrowser': false,
    };
    const lines = Object.entries(prefs).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
    await writeFile(join(profile, 'user.js'), lines.join('\n'));
    const args = ['--headless', '--no-remote', '--profile', profile, '--marionette', '--remote-allow-system-access'];
    const child = spawn(FIREFOX!, args, { stdio: 'ignore' });
    const socket = await connectOnceItListens(join(profile, 'MarionetteActivePort'));
    const firefox = new Firefox(child, profile, socket);
    await firefox.send('WebDriver:NewSession', { capabilities: { alwaysMatch: { acceptInsecureCerts: false } } });
    return firefox;
  }

  async open(url: string): Promise<void> {
    await this.send('WebDriver:Navigate', { url });
  }

  async reload(): Promise<void> {
    await this.send('WebDriver:Refresh', {});
  }

  async resize(width: number, height: number): Promise<void> {
    await this.send('WebDriver:SetWindowRect', { width, height });
  }

  /** Runs the body of a function in the page and gives what it returns. */
  async run<T>(script: string): Promise<T> {
    const { value } = (await this.send('WebDriver:ExecuteScript', { script, args: [] })) as { value: T };
    return value;
  }

  async press(key: string): Promise<void> {
    const value = KEYS[key] ?? key;
    const actions = [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ];
    await this.send('WebDriver:PerformActions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }

  async screenshot(path: string): Promise<void> {
    const { value } = (await this.send('WebDriver:TakeScreenshot', { full: false, hash: false })) as { value: string };
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, Buffer.from(value, 'base64'));
  }

  /** Errors of scripts and of the content security policy since the last time, of pages under `origin`. */
  async problems(origin: string): Promise<string[]> {
    await this.send('Marionette:SetContext', { value: 'chrome' });
    const script = `
      const found = Services.console.getMessageArray().filter((one) => one instanceof Ci.nsIScriptError)
        .filter((one) => !(one.flags & Ci.nsIScriptError.warningFlag) && (one.sourceName ?? '').startsWith(${JSON.stringify(origin)}))
        .map((one) => one.sourceName + ':' + one.lineNumber + ' ' + one.errorMessage);
      Services.console.reset();
      return found;`;
    try {
      return await this.run<string[]>(script);
    } finally {
      await this.send('Marionette:SetContext', { value: 'content' });
    }
  }

  async close(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.socket.destroy();
    this.child.kill();
    await gone;
    await rm(this.profile, { recursive: true, force: true });
  }

  private send(name: string, parameters: object): Promise<unknown> {
    const id = ++this.count;
    const body = Buffer.from(JSON.stringify([0, id, name, parameters]));
    this.socket.write(Buffer.concat([Buffer.from(`${body.length}:`), body]));
    return new Promise((resolve, reject) =>
      this.waiting.set(id, ([, , error, result]) =>
        error === null ? resolve(result) : reject(new Error(`${name}: ${error.message}`)),
      ),
    );
  }

  /** Messages are `<bytes>:<JSON>`; the first one is a greeting. */
  private take(bytes: Buffer): void {
    this.received = Buffer.concat([this.received, bytes]);
    for (;;) {
      const colon = this.received.indexOf(':');
      const length = Number(this.received.subarray(0, Math.max(0, colon)));
      if (colon < 1 || this.received.length < colon + 1 + length) return;
      const message = JSON.parse(this.received.subarray(colon + 1, colon + 1 + length).toString()) as Reply | object;
      this.received = this.received.subarray(colon + 1 + length);
      if (!Array.isArray(message)) continue;
      const reply = message as unknown as Reply;
      this.waiting.get(reply[1])?.(reply);
      this.waiting.delete(reply[1]);
    }
  }
}

async function connectOnceItListens(portFile: string): Promise<Socket> {
  let socket = new Socket();
  await eventually(async () => {
    const port = Number(await readFile(portFile, 'utf8').catch(() => ''));
    if (port === 0) return false;
    socket = connect(port, '127.0.0.1');
    return once(socket, 'connect').then(
      () => true,
      () => false,
    );
  });
  return socket;
}
