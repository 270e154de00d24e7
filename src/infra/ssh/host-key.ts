import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** SHA-256 fingerprint as OpenSSH prints it: `SHA256:` and unpadded base64. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that an SSH public key blob names itself, e.g. `ssh-ed25519`. */
export function keyTypeOf(key: Buffer): string {
  return key.toString('latin1', 4, 4 + key.readUInt32BE(0));
}

export interface KnownHostKey {
  readonly type: string;
  readonly key: Buffer;
  readonly revoked: boolean;
}

/**
 * The keys that a known_hosts text lists for `host` and `port` (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): plain
 * names, wildcards, negations, `[host]:port`, hashed names and `@revoked`. Certificate authorities are left out.
 */
export function knownHostKeys(text: string, host: string, port: number): KnownHostKey[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === undefined || fields[0] === '' || fields[0].startsWith('#')) return [];
    const marker = fields[0].startsWith('@') ? fields.shift() : undefined;
    const [names, type, base64] = fields;
    if (names === undefined || type === undefined || base64 === undefined || marker === '@cert-authority') return [];
    if (!matchesHost(names, host, port)) return [];
    return [{ type, key: Buffer.from(base64, 'base64'), revoked: marker === '@revoked' }];
  });
}

function matchesHost(names: string, host: string, port: number): boolean {
  const wanted = (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
  let matched = false;
  for (const name of names.split(',')) {
    if (name.startsWith('|1|')) matched ||= matchesHash(name, wanted);
    else if (name.startsWith('!')) {
      if (matchesPattern(name.slice(1), wanted)) return false;
    } else matched ||= matchesPattern(name, wanted);
  }
  return matched;
}

/** `|1|salt|hmac`: HMAC-SHA1 of the name, keyed with the salt. */
function matchesHash(entry: string, wanted: string): boolean {
  const [, , salt = '', expected = ''] = entry.split('|');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(wanted).digest();
  const hash = Buffer.from(expected, 'base64');
  return hash.length === actual.length && timingSafeEqual(hash, actual);
}

/** `*` and `?` as in ssh_config; matched by hand, so that no name from a file becomes a regular expression. */
function matchesPattern(pattern: string, text: string): boolean {
  const p = pattern.toLowerCase();
  let [i, j, star, mark] = [0, 0, -1, 0];
  while (j < text.length) {
    if (i < p.length && p[i] === '*') [star, mark, i] = [i, j, i + 1];
    else if (i < p.length && (p[i] === '?' || p[i] === text[j])) [i, j] = [i + 1, j + 1];
    else if (star >= 0) [mark, i, j] = [mark + 1, star + 1, mark + 1];
    else return false;
  }
  while (p[i] === '*') i++;
  return i === p.length;
}

/** What a server must show to be the one that was meant. */
export interface HostKeyPolicy {
  readonly hostKeyFingerprint?: string;
  /** Text of a known_hosts file. */
  readonly knownHosts?: string;
}

/** True when `key` is the one that the policy expects of this host. A revoked key never is. */
export function isExpectedHostKey(key: Buffer, policy: HostKeyPolicy, host: string, port: number): boolean {
  const known = policy.knownHosts === undefined ? [] : knownHostKeys(policy.knownHosts, host, port);
  const same = known.filter((one) => one.key.equals(key));
  if (same.some((one) => one.revoked)) return false;
  if (policy.hostKeyFingerprint !== undefined)
    return fingerprintOf(key) === normaliseFingerprint(policy.hostKeyFingerprint);
  return same.length > 0;
}

/** Accepts the fingerprint with or without `SHA256:` and padding. */
function normaliseFingerprint(text: string): string {
  return `SHA256:${text
    .trim()
    .replace(/^SHA256:/i, '')
    .replace(/=+$/, '')}`;
}

/** Fingerprints that would have been accepted, for messages. */
export function expectedFingerprints(policy: HostKeyPolicy, host: string, port: number): string[] {
  if (policy.hostKeyFingerprint !== undefined) return [normaliseFingerprint(policy.hostKeyFingerprint)];
  const known = knownHostKeys(policy.knownHosts ?? '', host, port).filter((one) => !one.revoked);
  return known.map(({ key }) => fingerprintOf(key));
}
