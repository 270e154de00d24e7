import { writeFileAtomic } from '../common/index.js';

/** Where in the pipeline a file was set aside. */
export type RejectionStage = 'name' | 'image' | 'metadata';

/** A file that takes no part, with the reason as one word for programs and a sentence for people. */
export interface RejectedFile {
  /** Relative to the input folder, with forward slashes. */
  readonly relativePath: string;
  readonly stage: RejectionStage;
  readonly code: string;
  readonly reason: string;
}

/** Writes `file,stage,code,reason` in path order; the file appears whole. */
export async function writeRejectedCsv(path: string, rejected: readonly RejectedFile[]): Promise<void> {
  const sorted = [...rejected].sort((a, b) => compare(a.relativePath, b.relativePath) || compare(a.code, b.code));
  const lines = sorted.map((file) => [file.relativePath, file.stage, file.code, file.reason].map(csvField).join(','));
  await writeFileAtomic(path, ['file,stage,code,reason', ...lines, ''].join('\r\n'));
}

/** RFC 4180, and a leading formula sign is defused, since people open this in a spreadsheet. */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
