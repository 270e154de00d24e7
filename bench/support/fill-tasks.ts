import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { openPlatform } from '../../src/modules/process/platform.js';
import { trainConfigSchema } from '../../src/training/config.js';

const STATUSES = ['completed', 'completed', 'completed', 'failed', 'cancelled', 'pending_orientation'];

/** Makes the tables of an empty database and fills them with that many tasks; returns their ids, newest first. */
export async function fillTasks(url: string, overrides: readonly string[], count: number): Promise<string[]> {
  const platform = await openPlatform({ overrides });
  await platform.close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const ids = Array.from({ length: count }, () => randomUUID());
  const config = JSON.stringify(trainConfigSchema.parse({}));
  await client.query('SET search_path = polarline');
  await client.query(
    `INSERT INTO tasks (id, status, current_step, progress, site, line_id, input_dir, output_dir, run_folder, config,
        counts, created_by, created_from, created_at, updated_at)
      SELECT id, ($2::text[])[1 + n % 6], 'summary', 1, CASE n % 3 WHEN 0 THEN 'HPH' WHEN 1 THEN 'JQ' ELSE 'VN1' END,
        'V' || n % 20, '/data/aoi/' || n, '/data/runs', '/data/runs/training_' || n, $3::jsonb,
        '{"scanned": 1000, "classes": 12}', 'user:bench', '127.0.0.1', now() - n * interval '1 minute', now()
      FROM unnest($1::uuid[]) WITH ORDINALITY AS t(id, n)`,
    [ids, STATUSES, config],
  );
  await client.query(
    `INSERT INTO task_steps (task_id, name, status, attempt, started_at, finished_at, duration_ms, result)
      SELECT id, step, 'finished', 1, now(), now(), 1000, '{"images": 1000}'
      FROM unnest($1::uuid[]) AS id, unnest(ARRAY['scan','classify','collect','samples','dataset','train','evaluate','summary']) AS step`,
    [ids],
  );
  // As a table looks that was not filled a moment ago.
  await client.query('VACUUM ANALYZE');
  await client.end();
  return ids;
}
