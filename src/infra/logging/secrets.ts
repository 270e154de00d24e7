const SHORTEST = 4;
const known = new Set<string>();

const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*):[^\s@"']+@/gi;
const KEY_BLOCK = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/g;
const NAMED =
  /("(?:[a-z_]*password|passphrase|private_?key|secret|token|api_?key|authorization|cookie|set-cookie)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi;

/** Makes every log line and every redacted text leave this value out, from now on. */
export function registerSecret(value: string | undefined | null): void {
  if (value === undefined || value === null || value.length < SHORTEST) return;
  known.add(value);
  const encoded = JSON.stringify(value).slice(1, -1);
  known.add(encoded);
  known.add(encodeURIComponent(value));
}

/**
 * Replaces registered secrets, passwords in URLs, private keys, bearer tokens and the values of fields
 * with telling names by `[secret]`.
 */
export function redactSecrets(text: string): string {
  let clean = text;
  for (const secret of known) if (clean.includes(secret)) clean = clean.replaceAll(secret, '[secret]');
  return clean
    .replace(KEY_BLOCK, '[secret]')
    .replace(NAMED, '$1"[secret]"')
    .replace(URL_PASSWORD, '$1:[secret]@')
    .replace(BEARER, '$1 [secret]');
}
