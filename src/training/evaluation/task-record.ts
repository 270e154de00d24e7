import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeJsonAtomic } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';

/** `task.json` of a run folder: where its images came from and who answered for them, without any database. */
export const taskRecordSchema = z.strictObject({
  version: z.literal(1),
  taskId: z.string(),
  site: z.string(),
  lineId: z.string(),
  inputDir: z.string(),
  /** The site's own source, or the path of a CSV export. */
  metadata: z.string(),
  startedBy: z.string(),
  startedFrom: z.string(),
  startedAt: z.string(),
  gate: z.strictObject({
    answeredBy: z.string(),
    answeredAt: z.string(),
    /** Class folder to orientation, `skip`, or `{orientation, symmetry}`. */
    answers: z.record(z.string(), z.unknown()),
  }),
});

export type TaskRecord = z.output<typeof taskRecordSchema>;

export async function writeTaskRecord(runFolder: string, record: TaskRecord): Promise<void> {
  await writeJsonAtomic(new RunFolder(runFolder).taskRecord, taskRecordSchema.parse(record));
}

/** Null for data sets that no task made. */
export async function readTaskRecord(runFolder: string): Promise<TaskRecord | null> {
  try {
    return taskRecordSchema.parse(JSON.parse(await readFile(new RunFolder(runFolder).taskRecord, 'utf8')));
  } catch {
    return null;
  }
}
