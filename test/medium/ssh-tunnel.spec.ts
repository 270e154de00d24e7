import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import ssh2 from 'ssh2';

import {
  openTunnel,
  startForwardingServer,
  type ForwardingServer,
  type SshOptions,
  type Tunnel,
} from '../../src/infra/ssh/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { sshKeyPair } from '../support/ssh-keys.js';

const password = 'canary-ssh-password';
const key = sshKeyPair();
const locked = sshKeyPair('canary-passphrase');
const wrong = `SHA256:${'A'.repeat(43)}`;

let echo: Server;
let target: { host: string; port: number };
let server: ForwardingServer;
const tunnels: Tunnel[] = [];

beforeAll(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  target = { host: '127.0.0.1', port: (echo.address() as AddressInfo).port };
  server = await startForwardingServer({
    users: [{ name: 'ana', password, authorizedKeys: [key.public, locked.public] }],
    allowedTargets: [`127.0.0.1:${target.port}`, '127.0.0.1:1'],
  });
});
afterEach(async () => {
  for (const tunnel of tunnels.splice(0)) await tunnel.close();
});
afterAll(async () => {
  await server.close();
  echo.close();
});

const options = (more: Partial<SshOptions> = {}): SshOptions => ({
  host: '127.0.0.1',
  port: server.port,
  user: 'ana',
  password,
  hostKeyFingerprint: server.fingerprints[0],
  ...more,
});

async function open(more: Partial<SshOptions> = {}, to = target): Promise<Tunnel> {
  const tunnel = await openTunnel(options(more), to);
  tunnels.push(tunnel);
  return tunnel;
}

async function echoed({ host, port }: { host: string; port: number }, data: Buffer): Promise<Buffer> {
  const socket = connect({ host, port, allowHalfOpen: true });
  socket.end(data);
  return readAll(socket);
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function failureOf(action: Promise<unknown>): Promise<{ code: string; exitCode: number; message: string }> {
  try {
    await action;
  } catch (error) {
    const failure = error as { code: string; exitCode: number; message: string };
    for (const secret of ['canary', key.private.slice(60, 100)]) expect(failure.message).not.toContain(secret);
    return failure;
  }
  throw new Error('expected a failure, got success');
}

describe('openTunnel', () => {
  it.each([
    ['a password', { password }],
    ['a private key', { password: undefined, privateKey: key.private }],
    ['an encrypted private key', { password: undefined, privateKey: locked.private, passphrase: 'canary-passphrase' }],
  ])('carries bytes unchanged after a login with %s', async (_name, login) => {
    const data = randomBytes(300_000);
    expect((await echoed(await open(login), data)).equals(data)).toBe(true);
  });

  it('accepts a host that known_hosts lists, plainly or hashed', async () => {
    const [, type, blob] = server.knownHosts.trim().split(' ');
    const salt = randomBytes(20);
    const { createHmac } = await import('node:crypto');
    const hash = createHmac('sha1', salt).update(`[127.0.0.1]:${server.port}`).digest('base64');
    for (const names of [`[127.0.0.1]:${server.port}`, `|1|${salt.toString('base64')}|${hash}`]) {
      const knownHosts = `# comment\nother ssh-rsa AAAA\n${names} ${type} ${blob}\n`;
      const tunnel = await open({ hostKeyFingerprint: undefined, knownHosts });
      expect((await echoed(tunnel, Buffer.from('hello'))).toString()).toBe('hello');
    }
  });

  it.each([
    ['another fingerprint', () => ({ hostKeyFingerprint: wrong })],
    ['known_hosts without this host', () => ({ hostKeyFingerprint: undefined, knownHosts: 'other ssh-rsa AAAA\n' })],
    [
      'known_hosts that revokes the key',
      () => ({ hostKeyFingerprint: undefined, knownHosts: `@revoked ${server.knownHosts}${server.knownHosts}` }),
    ],
  ])('sends nothing to a server with %s', async (_name, policy) => {
    const logins = server.logins;
    const failure = await failureOf(open(policy()));
    expect(failure).toMatchObject({ code: 'SSH_HOST_KEY_MISMATCH', exitCode: 2 });
    expect(failure.message).toContain(server.fingerprints[0]);
    expect(server.logins).toBe(logins);
  });

  it('asks a server with several keys for the one that is expected', async () => {
    const keys = [ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }), sshKeyPair()];
    const many = await startForwardingServer({
      users: [{ name: 'ana', password }],
      hostKeys: keys.map((pair) => pair.private),
    });
    for (const hostKeyFingerprint of many.fingerprints)
      expect((await echoed(await open({ port: many.port, hostKeyFingerprint }), Buffer.from('x'))).length).toBe(1);
    const rsaOnly = many.knownHosts.split('\n').find((line) => line.includes('ssh-rsa'))!;
    await open({ port: many.port, hostKeyFingerprint: undefined, knownHosts: rsaOnly });
    await many.close();
  });

  it.each([
    ['a wrong password', { password: 'canary-wrong' }, 'SSH_LOGIN_REFUSED', 2],
    ['an unknown user', { user: 'bob' }, 'SSH_LOGIN_REFUSED', 2],
    ['a key without its passphrase', { password: undefined, privateKey: locked.private }, 'SSH_KEY_UNREADABLE', 2],
    ['a key that is none', { password: undefined, privateKey: 'canary' }, 'SSH_KEY_UNREADABLE', 2],
    ['a port where nothing listens', { port: 1 }, 'SSH_UNREACHABLE', 1],
    ['a host that does not exist', { host: 'no-such-host.invalid' }, 'SSH_UNREACHABLE', 1],
  ])('says what to do about %s', async (_name, more, code, exitCode) => {
    expect(await failureOf(open(more))).toMatchObject({ code, exitCode });
  });

  it('tells when the SSH server cannot reach the target', async () => {
    const tunnel = await open({}, { host: '127.0.0.1', port: 1 });
    await readAll(connect({ host: tunnel.host, port: tunnel.port })).catch(() => undefined);
    expect(tunnel.failure).toMatchObject({ code: 'SSH_FORWARD_FAILED' });
  });

  it('connects again after the line broke; connections that come meanwhile wait for it', async () => {
    const tunnel = await open();
    await echoed(tunnel, Buffer.from('before'));
    server.dropConnections();
    await eventually(() => tunnel.connections > 1);
    expect((await echoed(tunnel, Buffer.from('after'))).toString()).toBe('after');
    expect(tunnel.failure).toBeUndefined();
  });

  it('does not talk to another server that took the place of the first', async () => {
    const first = await startForwardingServer({ users: [{ name: 'ana', password }], port: await freePort() });
    const tunnel = await open({ port: first.port, hostKeyFingerprint: first.fingerprints[0] });
    const { port } = first;
    await first.close();
    const impostor = await startForwardingServer({ users: [{ name: 'ana', password }], port });
    await eventually(() => tunnel.failure?.code === 'SSH_HOST_KEY_MISMATCH');
    expect(impostor.logins).toBe(0);
    await impostor.close();
  });

  it('leaves no listener behind when it is closed, also twice', async () => {
    const tunnel = await open();
    const { port } = tunnel;
    await tunnel.close();
    await tunnel.close();
    const socket = connect({ host: '127.0.0.1', port });
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('adds the latency that a forwarding server is given, and nothing to the bytes', async () => {
    const far = await startForwardingServer({
      users: [{ name: 'ana', password }],
      latencyMs: { request: 2, response: 3 },
    });
    const tunnel = await open({ port: far.port, hostKeyFingerprint: far.fingerprints[0] });
    const data = randomBytes(200_000);
    expect((await echoed(tunnel, data)).equals(data)).toBe(true);
    await far.close();
  });
});

const SSHD = '/usr/sbin/sshd';
const canRunSshd = existsSync(SSHD) && spawnSync('ssh-keygen', ['-V']).error === undefined;
const withSshd = canRunSshd ? describe : describe.skip;
withSshd(`openTunnel to OpenSSH (needs ${SSHD} and ssh-keygen)`, () => {
  let folder: string;
  let sshd: ReturnType<typeof spawn>;
  let port: number;
  const file = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'polarline-sshd-'));
    for (const type of ['ed25519', 'rsa', 'ecdsa'])
      spawnSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file(`host_${type}`)]);
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'canary-passphrase', '-f', file('user')]);
    writeFileSync(file('authorized_keys'), readFileSync(file('user.pub')));
    port = await freePort();
    writeFileSync(
      file('sshd_config'),
      [
        `Port ${port}`,
        'ListenAddress 127.0.0.1',
        ...['ed25519', 'rsa', 'ecdsa'].map((type) => `HostKey ${file(`host_${type}`)}`),
        `PidFile ${file('pid')}`,
        `AuthorizedKeysFile ${file('authorized_keys')}`,
        'StrictModes no',
        'UsePAM no',
        'PasswordAuthentication no',
        'PermitRootLogin yes',
        'AllowTcpForwarding local',
      ].join('\n'),
    );
    if (userInfo().uid === 0) {
      mkdirSync('/run/sshd', { recursive: true });
      chmodSync('/run/sshd', 0o755);
    }
    sshd = spawn(SSHD, ['-D', '-e', '-f', file('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      let log = '';
      sshd.stderr!.on('data', (text: Buffer) => {
        log += text.toString();
        if (log.includes('Server listening')) resolve();
      });
      sshd.once('exit', () => reject(new Error(log)));
    });
  });
  afterAll(async () => {
    const gone = once(sshd, 'exit');
    sshd.kill('SIGTERM');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });

  const login = (): Partial<SshOptions> => ({
    port,
    user: userInfo().username,
    password: undefined,
    privateKey: readFileSync(file('user'), 'utf8'),
    passphrase: 'canary-passphrase',
  });

  it.each(['ed25519', 'rsa', 'ecdsa'])('checks its %s key by the fingerprint that ssh-keygen prints', async (type) => {
    const printed = spawnSync('ssh-keygen', ['-lf', file(`host_${type}.pub`)]).stdout.toString();
    const hostKeyFingerprint = printed.split(' ')[1];
    const tunnel = await open({ ...login(), hostKeyFingerprint });
    const data = randomBytes(100_000);
    expect((await echoed(tunnel, data)).equals(data)).toBe(true);
  });

  it('checks it against a known_hosts file that ssh-keygen hashed', async () => {
    const [type, blob] = readFileSync(file('host_ecdsa.pub'), 'utf8').split(' ');
    writeFileSync(file('known_hosts'), `[127.0.0.1]:${port} ${type} ${blob}\n`);
    spawnSync('ssh-keygen', ['-q', '-H', '-f', file('known_hosts')]);
    const knownHosts = readFileSync(file('known_hosts'), 'utf8');
    expect(knownHosts).toMatch(/^\|1\|/);
    await open({ ...login(), hostKeyFingerprint: undefined, knownHosts });
  });

  it('refuses it with another fingerprint, a wrong key, and a forward that it cannot make', async () => {
    expect(await failureOf(open({ ...login(), hostKeyFingerprint: wrong }))).toMatchObject({
      code: 'SSH_HOST_KEY_MISMATCH',
    });
    const printed = spawnSync('ssh-keygen', ['-lf', file('host_ed25519.pub')])
      .stdout.toString()
      .split(' ')[1];
    expect(await failureOf(open({ ...login(), hostKeyFingerprint: printed, privateKey: key.private }))).toMatchObject({
      code: 'SSH_LOGIN_REFUSED',
    });
    const tunnel = await open({ ...login(), hostKeyFingerprint: printed }, { host: '127.0.0.1', port: 1 });
    await readAll(connect({ host: tunnel.host, port: tunnel.port })).catch(() => undefined);
    expect(tunnel.failure).toMatchObject({ code: 'SSH_FORWARD_FAILED' });
  });
});
