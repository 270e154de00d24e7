import { readFile } from 'node:fs/promises';
import { badInput, errorMessage } from '../common/index.js';

/** Reads `answers.json`: class folder name -> Up, Down, Left, Right or skip. What it says is checked at the gate. */
export async function readAnswers(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw badInput(
      'ANSWERS_UNREADABLE',
      `expected a file of answers at ${path}, got ${code === 'ENOENT' ? 'no such file' : (code ?? errorMessage(error))}`,
      { path },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw badInput('ANSWERS_SYNTAX', `${path}: expected JSON, got: ${errorMessage(error)}`, { path });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw badInput(
      'ANSWERS_SYNTAX',
      `${path}: expected an object such as {"MB1_D5_R": "Up", "MB1_R9_R": "skip"}, got ${Array.isArray(value) ? 'a list' : JSON.stringify(value)}`,
      { path },
    );
  return value as Record<string, unknown>;
}
