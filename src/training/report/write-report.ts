import { writeFileAtomic } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';
import type { ReportLanguage } from '../config.js';
import { buildReport } from './build-report.js';
import { readReportData } from './report-data.js';

export interface WriteReportSpec {
  readonly runFolder: string;
  readonly language: ReportLanguage;
  /** The page to write; it appears whole. */
  readonly output: string;
}

/** Writes a run's report in a language from what its evaluation left; nothing is judged again. @throws as `readReportData` */
export async function writeReport({ runFolder, language, output }: WriteReportSpec): Promise<void> {
  const data = await readReportData(new RunFolder(runFolder).reportData);
  await writeFileAtomic(output, await buildReport({ runFolder, data, language }));
}
