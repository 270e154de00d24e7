const utcText = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const utc = (column: string): string => `${utcText(column)} AS ${column}`;
/** Null for a step at work, whose row may still hold that of its last time. */
const ofEnded = (value: string, column: string): string =>
  `CASE WHEN task_steps.status <> 'running' THEN ${value} END AS ${column}`;

/** The columns of a `TaskDto`, in its order. */
export const TASK_COLUMNS = `id AS task_id, status, current_step, progress, site, line_id, input_dir, output_dir,
  run_folder, counts, error, created_by,
  ${['created_at', 'started_at', 'confirmed_at', 'finished_at', 'updated_at'].map(utc).join(', ')}`;

/** The columns of a `TaskStepDto`, in its order. */
export const STEP_COLUMNS = `name, task_steps.status, attempt, ${utc('started_at')},
  ${ofEnded(utcText('finished_at'), 'finished_at')}, ${ofEnded('duration_ms', 'duration_ms')}, result`;
