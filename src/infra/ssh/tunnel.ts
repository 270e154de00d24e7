import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Client, ClientChannel } from 'ssh2';

import { AppError, errorMessage, isUnrecoverable } from '../../common/index.js';
import { connectSsh, type SshOptions } from './connect-ssh.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/** Where the SSH server is to connect to, as it sees the network. */
export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
}

/** A local address that leads to the target until `close`. */
export interface Tunnel {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Why connections through the tunnel fail at the moment; undefined when they do not. */
  readonly failure: AppError | undefined;
  /** Times the SSH connection was made, the first included. */
  readonly connections: number;
  /**
   * A stream to another place beside the target, over the same SSH connection (direct-tcpip); waits for a
   * connection that is being made again. The caller ends it.
   * @throws AppError `SSH_FORWARD_FAILED`, or why the SSH server is away
   */
  connect(target: TunnelTarget, signal?: AbortSignal): Promise<Duplex>;
  /** Ends every connection and the listener. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens an SSH tunnel on a free port of the loopback interface. The first connection must succeed, or this
 * throws AppErrors SSH_HOST_KEY_MISMATCH, SSH_LOGIN_REFUSED, SSH_KEY_UNREADABLE (bad input) or SSH_UNREACHABLE.
 * A connection lost later is made again with growing pauses; connections that arrive meanwhile wait for it.
 */
export async function openTunnel(options: SshOptions, target: TunnelTarget): Promise<Tunnel> {
  const client = await connectSsh(options);
  const tunnel = new SshTunnel(options, target, client);
  await tunnel.listen();
  return tunnel;
}

class SshTunnel implements Tunnel {
  readonly host = '127.0.0.1';
  connections = 1;
  failure: AppError | undefined;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly closing = new AbortController();
  private client: Promise<Client>;

  constructor(
    private readonly options: SshOptions,
    private readonly target: TunnelTarget,
    client: Client,
  ) {
    this.client = Promise.resolve(client);
    this.watch(client);
    this.server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => void this.forward(socket));
  }

  async listen(): Promise<void> {
    this.server.listen({ host: this.host, port: 0 });
    await once(this.server, 'listening');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async connect(target: TunnelTarget, signal?: AbortSignal): Promise<Duplex> {
    const either = signal ? AbortSignal.any([signal, this.closing.signal]) : this.closing.signal;
    try {
      const channel = await openChannel(await unlessAborted(this.client, either), target);
      channel.on('error', () => undefined);
      return channel;
    } catch (error) {
      either.throwIfAborted();
      throw this.explain(error, target);
    }
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    const stopped = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await stopped;
    const client = await this.client.catch(() => undefined);
    client?.end();
    client?.destroy();
  }

  private watch(client: Client): void {
    client.once('close', () => {
      for (const socket of this.sockets) socket.destroy();
      if (this.closing.signal.aborted) return;
      this.client = this.reconnect();
      this.client.catch(() => undefined);
    });
  }

  /** Gives up only on what waiting cannot cure: another host key, a login that is now refused. */
  private async reconnect(): Promise<Client> {
    const { signal } = this.closing;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      signal.throwIfAborted();
      try {
        const client = await connectSsh(this.options);
        this.failure = undefined;
        this.connections++;
        this.watch(client);
        return client;
      } catch (error) {
        this.failure = error as AppError;
        if (isUnrecoverable(error)) throw error;
        await sleep(pauseMs, undefined, { signal });
      }
    }
  }

  private async forward(socket: Socket): Promise<void> {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
    try {
      const channel = await openChannel(await this.client, this.target);
      if (socket.destroyed) {
        channel.destroy();
        return;
      }
      this.failure = undefined;
      join(socket, channel);
    } catch (error) {
      this.failure ??= this.explain(error);
      socket.destroy();
    }
  }

  private explain(error: unknown, target = this.target): AppError {
    if (error instanceof AppError) return error;
    const { host, port } = this.options;
    return new AppError(
      'unavailable',
      'SSH_FORWARD_FAILED',
      `SSH server ${host}:${port}: expected it to reach ${target.host}:${target.port}, got: ${errorMessage(error)}; check that address as the SSH server sees it, and that it allows forwarding`,
      { host, port, target },
      { cause: error },
    );
  }
}

/** The outcome of `work`, or the abort, whichever comes first. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function openChannel(client: Client, target: TunnelTarget): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, target.host, target.port, (error, channel) => {
      if (error) reject(error);
      else resolve(channel);
    });
  });
}

/** Each side may end its half; what is still on its way to the socket is delivered before it closes. */
function join(socket: Socket, channel: ClientChannel): void {
  channel.on('error', () => socket.destroy());
  channel.once('close', () => socket.destroySoon());
  socket.once('close', () => channel.destroy());
  socket.pipe(channel).pipe(socket);
}
