import { AppError, errorMessage } from '../../common/index.js';

/** Where a tunnel goes to, for messages. */
export interface SshPlace {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

export function hostKeyMismatch(place: SshPlace, expected: readonly string[], shown: readonly string[]): AppError {
  const wanted =
    expected.length === 0 ? 'a host key that known_hosts lists (it lists none for this host)' : expected.join(' or ');
  return new AppError(
    'badInput',
    'SSH_HOST_KEY_MISMATCH',
    `SSH server ${place.host}:${place.port}: expected host key ${wanted}, got ${shown.join(', ')}; nothing was sent. If the server was really renewed, check its key with \`ssh-keygen -lf\` on the server itself and correct hostKeyFingerprint or knownHosts; else someone stands in between`,
    { host: place.host, port: place.port, expected, shown },
  );
}

/** Turns what ssh2 reports into an AppError that says what to do; never holds a password or key. */
export function explainSshError(error: unknown, place: SshPlace): AppError {
  if (error instanceof AppError) return error;
  const { level, code } = error as { level?: string; code?: string };
  const where = `SSH server ${place.user}@${place.host}:${place.port}`;
  const details = { host: place.host, port: place.port, user: place.user };
  const options = { cause: error };
  if (level === 'client-authentication')
    return new AppError(
      'badInput',
      'SSH_LOGIN_REFUSED',
      `${where}: expected the login to be accepted, got: refused; correct user, password or privateKey`,
      details,
      options,
    );
  if (/private key|passphrase|key format|keyformat/i.test(errorMessage(error)))
    return new AppError(
      'badInput',
      'SSH_KEY_UNREADABLE',
      `${where}: expected a private key in OpenSSH or PEM format with its passphrase, got: ${errorMessage(error)}; correct privateKey or passphrase`,
      details,
      options,
    );
  const reason = code ?? errorMessage(error);
  return new AppError(
    'unavailable',
    'SSH_UNREACHABLE',
    `${where}: expected a connection, got: ${reason}; check host, port and network`,
    details,
    options,
  );
}
