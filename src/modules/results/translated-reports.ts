import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, sha256File, silentContext } from '../../common/index.js';
import type { RunFolder } from '../../dataset/index.js';
import type { ReportLanguage } from '../../training/config.js';
import { runInChildProcess } from '../../training/process/index.js';
import { pageLanguage } from '../../training/report/index.js';

/** Of a written report, as much holds the language that it says to be in. */
const START_BYTES = 200;

/**
 * Reports in other languages than the stored one, which is never touched: made when first asked for, in a process of
 * their own, one at a time, and kept so that ranges and ETags hold; new results, new reports.
 */
export class TranslatedReports {
  private readonly inWork = new Map<string, Promise<void>>();
  private queue: Promise<unknown> = Promise.resolve();

  /**
   * @param cacheFolder where the made ones are kept
   * @returns the report in the language; null where the stored one is
   * @throws AppError `REPORT_DATA_MISSING` (conflict) for a run that an earlier release evaluated
   */
  async find(run: RunFolder, language: ReportLanguage, cacheFolder: string): Promise<string | null> {
    if ((await storedLanguage(run.reportHtml)) === language) return null;
    for (;;) {
      const digest = await digestOf(run.reportData);
      const output = join(cacheFolder, `report.${language}_${digest.slice(0, 16)}.html`);
      if (await exists(output)) return output;
      await this.make({ runFolder: run.root, language, output });
      // Results that were replaced meanwhile must not stand under the name of those before.
      if ((await digestOf(run.reportData)) === digest) return output;
      await rm(output, { force: true });
    }
  }

  /** Two who ask for the same wait for the same. */
  private make(spec: { runFolder: string; language: ReportLanguage; output: string }): Promise<void> {
    const known = this.inWork.get(spec.output);
    if (known !== undefined) return known;
    const made = this.queue.then(async () => {
      await runInChildProcess({ kind: 'report', ...spec }, silentContext());
    });
    // One that failed is told to those who asked for it; the next one begins all the same.
    this.queue = made.catch(() => undefined);
    const settled = made.finally(() => this.inWork.delete(spec.output));
    this.inWork.set(spec.output, settled);
    return settled;
  }
}

/** Null where there is no report, or none that says it. */
async function storedLanguage(reportHtml: string): Promise<string | null> {
  const file = await open(reportHtml).catch(() => null);
  if (file === null) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(START_BYTES), 0, START_BYTES, 0);
    return pageLanguage(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await file.close();
  }
}

async function digestOf(reportData: string): Promise<string> {
  try {
    return await sha256File(reportData);
  } catch (error) {
    throw new AppError(
      'conflict',
      'REPORT_DATA_MISSING',
      `${reportData}: expected what the report is written from, got none; evaluate the run again (polarline evaluate), or leave language out for the report as it was written.`,
      { path: reportData },
      { cause: error },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
