import { createHash } from 'node:crypto';
import type { RotationCwDeg } from './orientation-name.js';

const DIGEST_DIGITS = 12;

/** A stem that no other file's copy has: with a digest of where the file came from. */
export function distinctStem(stem: string, relativePath: string): string {
  return `${stem}~${createHash('sha256').update(relativePath).digest('hex').slice(0, DIGEST_DIGITS)}`;
}

/** The stem of a copy turned by `angle`. A light is letters and digits, so no original's name can end like one. */
export function turnedStem(stem: string, angle: Exclude<RotationCwDeg, 0>): string {
  return `${stem}-r${angle}`;
}

/** The file name under which a copy's image came in, whether it was turned or told apart by a digest or neither. */
export function originalFileName(fileName: string): string {
  return fileName.replace(/-r(?:90|180|270)(?=\.[^.]+$)/, '').replace(/~[0-9a-f]{12}(?=\.[^.]+$)/, '');
}
