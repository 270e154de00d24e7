import ssh2 from 'ssh2';

export type SshKeyPair = ReturnType<typeof ssh2.utils.generateKeyPairSync>;

/**
 * A new ed25519 key, encrypted where there is a passphrase. About one in 200 that ssh2 makes cannot be read back
 * (mscdex/ssh2#1390): those are thrown away.
 */
export function sshKeyPair(passphrase?: string): SshKeyPair {
  const encryption = passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr' };
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync(
      'ed25519',
      encryption as unknown as Parameters<typeof ssh2.utils.generateKeyPairSync>[1],
    );
    const parsed = [ssh2.utils.parseKey(pair.public), ssh2.utils.parseKey(pair.private, passphrase)];
    if (!parsed.some((result) => result instanceof Error)) return pair;
  }
}
