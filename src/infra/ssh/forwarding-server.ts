import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';

import ssh2, { type AuthContext, type Connection, type Server as SshServer, type TcpipRequestInfo } from 'ssh2';

import { fingerprintOf } from './host-key.js';

export interface ForwardingUser {
  readonly name: string;
  readonly password?: string;
  /** Public keys in authorized_keys format. */
  readonly authorizedKeys?: readonly string[];
}

export interface ForwardingServerOptions {
  readonly users: readonly ForwardingUser[];
  /** Private host keys in OpenSSH or PEM format; one ed25519 key is made when there is none. */
  readonly hostKeys?: readonly string[];
  /** Targets that may be forwarded to, `host:port`; default any. */
  readonly allowedTargets?: readonly string[];
  readonly host?: string;
  readonly port?: number;
  /** Added to every byte on its way, to stand for a far line. */
  readonly latencyMs?: { readonly request: number; readonly response: number };
}

/** A running SSH server that forwards TCP and does nothing else. */
export interface ForwardingServer {
  readonly host: string;
  readonly port: number;
  /** `SHA256:…` of each host key. */
  readonly fingerprints: readonly string[];
  /** Lines for a known_hosts file. */
  readonly knownHosts: string;
  readonly logins: number;
  readonly forwards: number;
  /** Cuts every connection, as a broken line would. */
  dropConnections(): void;
  close(): Promise<void>;
}

/**
 * Starts a real SSH server (ssh2) for demos, tests and benchmarks: password and public-key logins, TCP
 * forwarding only, no shell, no commands, no files.
 */
export async function startForwardingServer(options: ForwardingServerOptions): Promise<ForwardingServer> {
  const hostKeys = options.hostKeys ?? [generateHostKey()];
  const server = new Forwarder(options, hostKeys);
  await server.listen();
  return server;
}

/**
 * A new ed25519 key. About one in 200 that ssh2 makes cannot be read back, because it strips zero bytes that
 * belong to the key (mscdex/ssh2#1390): those are thrown away.
 */
export function generateHostKey(): string {
  for (;;) {
    const key = ssh2.utils.generateKeyPairSync('ed25519').private;
    if (!(ssh2.utils.parseKey(key) instanceof Error)) return key;
  }
}

/** ssh2 has it on the server's side too; its types do not. */
type NoDelay = Connection & { setNoDelay(noDelay: boolean): unknown };

class Forwarder implements ForwardingServer {
  readonly host: string;
  logins = 0;
  forwards = 0;
  readonly fingerprints: readonly string[];
  private readonly publicKeys: readonly { type: string; blob: Buffer }[];
  private readonly ssh: SshServer;
  private readonly tcp: TcpServer;
  private readonly sockets = new Set<Socket>();

  constructor(
    private readonly options: ForwardingServerOptions,
    hostKeys: readonly string[],
  ) {
    this.host = options.host ?? '127.0.0.1';
    this.publicKeys = hostKeys.map(publicPart);
    this.fingerprints = this.publicKeys.map(({ blob }) => fingerprintOf(blob));
    this.ssh = new ssh2.Server({ hostKeys: [...hostKeys], ident: 'Polarline' }, (client) => this.serve(client));
    this.tcp = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.accept(socket));
  }

  async listen(): Promise<void> {
    const wanted = this.options.latencyMs === undefined ? this.ssh : this.tcp;
    if (wanted === this.tcp) {
      this.ssh.listen(0, '127.0.0.1');
      await once(this.ssh, 'listening');
    }
    wanted.listen(this.options.port ?? 0, this.host);
    await once(wanted, 'listening');
  }

  get port(): number {
    const outer = this.options.latencyMs === undefined ? this.ssh : this.tcp;
    return (outer.address() as AddressInfo).port;
  }

  get knownHosts(): string {
    const name = this.port === 22 ? this.host : `[${this.host}]:${this.port}`;
    return this.publicKeys.map(({ type, blob }) => `${name} ${type} ${blob.toString('base64')}\n`).join('');
  }

  dropConnections(): void {
    for (const drop of this.drops) drop();
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = [this.ssh, this.tcp]
      .filter((server) => server.address() !== null)
      .map((server) => {
        const done = once(server, 'close');
        server.close();
        return done;
      });
    this.dropConnections();
    await Promise.all(closed);
  }

  private readonly drops = new Set<() => void>();

  /** With latency, bytes pass through this listener on their way to the SSH server. */
  private accept(outside: Socket): void {
    const { request = 0, response = 0 } = this.options.latencyMs ?? {};
    const { port } = this.ssh.address() as AddressInfo;
    const inside = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
    for (const socket of [outside, inside]) this.track(socket);
    pipeDelayed(outside, inside, request);
    pipeDelayed(inside, outside, response);
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
  }

  private serve(client: Connection): void {
    const drop = (): void => void client.end();
    this.drops.add(drop);
    (client as NoDelay).setNoDelay(true);
    client.on('error', () => undefined);
    client.once('close', () => this.drops.delete(drop));
    client.on('authentication', (context) => {
      if (this.authenticates(context)) context.accept();
      else context.reject(['publickey', 'password']);
    });
    client.on('ready', () => {
      this.logins++;
      client.on('tcpip', (accept, reject, target) => this.forward(accept, reject, target));
      client.on('session', (_accept, reject) => reject());
    });
  }

  private forward(accept: () => ssh2.ServerChannel, reject: () => void, target: TcpipRequestInfo): void {
    const { allowedTargets } = this.options;
    const { destIP, destPort } = target;
    if (allowedTargets !== undefined && !allowedTargets.includes(`${destIP}:${destPort}`)) {
      reject();
      return;
    }
    const socket = connect({ host: destIP, port: destPort, noDelay: true, allowHalfOpen: true });
    this.track(socket);
    let open = false;
    socket.once('error', () => (open ? undefined : reject()));
    socket.once('connect', () => {
      open = true;
      this.forwards++;
      const channel = accept();
      channel.on('error', () => socket.destroy());
      channel.once('close', () => socket.destroySoon());
      socket.once('close', () => channel.close());
      socket.pipe(channel).pipe(socket);
    });
  }

  private authenticates(context: AuthContext): boolean {
    const user = this.options.users.find(({ name }) => name === context.username);
    if (user === undefined) return false;
    if (context.method === 'password') return user.password !== undefined && sameText(context.password, user.password);
    if (context.method !== 'publickey') return false;
    return (user.authorizedKeys ?? []).some((line) => {
      const key = parseKey(line);
      if (!key.getPublicSSH().equals(context.key.data)) return false;
      // Without a signature the client only asks whether this key would do.
      return (
        context.signature === undefined ||
        (context.blob !== undefined && key.verify(context.blob, context.signature, context.hashAlgo) === true)
      );
    });
  }
}

function parseKey(text: string): ssh2.ParsedKey {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) throw parsed;
  return parsed;
}

function publicPart(hostKey: string): { type: string; blob: Buffer } {
  const key = parseKey(hostKey);
  return { type: key.type, blob: key.getPublicSSH() };
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Timers of one duration fire in order, so bytes arrive in theirs. */
function pipeDelayed(from: Socket, to: Socket, delayMs: number): void {
  from.on('data', (chunk: Buffer) => {
    setTimeout(() => {
      if (!to.destroyed && !to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    }, delayMs);
  });
  from.once('end', () => setTimeout(() => to.end(), delayMs));
  from.once('close', () => setTimeout(() => to.destroySoon(), delayMs));
}
