import { Client, type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';

import {
  expectedFingerprints,
  fingerprintOf,
  isExpectedHostKey,
  keyTypeOf,
  knownHostKeys,
  type HostKeyPolicy,
} from './host-key.js';
import { explainSshError, hostKeyMismatch } from './ssh-errors.js';

export interface SshOptions extends HostKeyPolicy {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  /** OpenSSH or PEM text of a private key. */
  readonly privateKey?: string;
  readonly passphrase?: string;
  /** Default 15 s; three unanswered ones end the connection. */
  readonly keepAliveMs?: number;
  /** Until logged in. Default 15 s. */
  readonly connectTimeoutMs?: number;
}

const FAMILIES: readonly (readonly ServerHostKeyAlgorithm[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256'],
];

/**
 * A logged-in SSH client whose host key was checked before anything else. A server has keys of several types
 * and shows one; where the policy does not tell the type, the other types are asked for before giving up.
 */
export async function connectSsh(options: SshOptions): Promise<Client> {
  const shown: string[] = [];
  const wanted = expectedFamilies(options);
  for (const family of wanted) {
    const attempt = await tryConnect(options, family, shown);
    if (attempt !== 'wrong host key') return attempt;
  }
  throw hostKeyMismatch(options, expectedFingerprints(options, options.host, options.port), [...new Set(shown)]);
}

/** With known_hosts only the types that it lists for this host. */
function expectedFamilies(options: SshOptions): readonly (readonly ServerHostKeyAlgorithm[])[] {
  if (options.hostKeyFingerprint !== undefined || options.knownHosts === undefined) return FAMILIES;
  const types = new Set(knownHostKeys(options.knownHosts, options.host, options.port).map(({ type }) => type));
  const families = FAMILIES.filter((family) =>
    family.some((algorithm) => types.has(algorithm) || (algorithm.startsWith('rsa-') && types.has('ssh-rsa'))),
  );
  return families.length > 0 ? families : [FAMILIES.flat()];
}

function tryConnect(
  options: SshOptions,
  family: readonly ServerHostKeyAlgorithm[],
  shown: string[],
): Promise<Client | 'wrong host key'> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let wrongKey = false;
    const check = (key: Buffer): boolean => {
      const expected = isExpectedHostKey(key, options, options.host, options.port);
      if (!expected) shown.push(`${fingerprintOf(key)} (${keyTypeOf(key)})`);
      wrongKey = !expected;
      return expected;
    };
    const fail = (error: unknown): void => {
      client.end();
      const noSuchKey = /no matching (host key|server host key)/i.test(String((error as Error).message));
      if (wrongKey || noSuchKey) resolve('wrong host key');
      else reject(explainSshError(error, options));
    };
    client.once('ready', () => {
      client.removeListener('error', fail);
      client.on('error', () => undefined);
      client.setNoDelay(true);
      resolve(client);
    });
    client.on('error', fail);
    client.once('close', () => fail(new Error('the server closed the connection')));
    answerPrompts(client, options.password);
    try {
      client.connect(connectConfig(options, family, check));
    } catch (error) {
      fail(error);
    }
  });
}

function connectConfig(
  options: SshOptions,
  family: readonly ServerHostKeyAlgorithm[],
  check: (key: Buffer) => boolean,
): ConnectConfig {
  return {
    host: options.host,
    port: options.port,
    username: options.user,
    password: options.password,
    privateKey: options.privateKey,
    passphrase: options.passphrase,
    tryKeyboard: options.password !== undefined,
    keepaliveInterval: options.keepAliveMs ?? 15_000,
    keepaliveCountMax: 3,
    readyTimeout: options.connectTimeoutMs ?? 15_000,
    hostVerifier: check,
    algorithms: { serverHostKey: [...family] },
  };
}

/** Servers that ask for the password by prompt (keyboard-interactive) get it for each hidden prompt. */
function answerPrompts(client: Client, password: string | undefined): void {
  if (password === undefined) return;
  client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) =>
    finish(prompts.map((prompt) => (prompt.echo === true ? '' : password))),
  );
}
