import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { badInput } from '../common/index.js';

/** Asks for a password without showing it; where standard input is no terminal, its first line is the password. */
export async function readPassword(prompt: string): Promise<string> {
  const isTerminal = process.stdin.isTTY;
  if (isTerminal) process.stderr.write(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: isTerminal });
  try {
    for await (const line of lines) return line;
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
  throw badInput('PASSWORD_MISSING', 'Expected a password on standard input, got nothing.');
}
