import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { currentScope } from '../auth/access-scope.js';
import { TASK_STATUSES, type TaskStatus } from '../tasks/task-state.js';
import { STEP_NAMES, type StepName } from '../tasks/task-steps.js';

export interface StatisticsDto {
  readonly tasks: { readonly total: number; readonly by_status: Readonly<Record<TaskStatus, number>> };
  readonly lines: readonly LineStatisticsDto[];
  readonly steps: readonly StepStatisticsDto[];
  /** Images of completed tasks that took part. */
  readonly images_classified: number;
}

export interface LineStatisticsDto {
  readonly site: string;
  readonly line_id: string;
  readonly tasks: number;
  readonly completed: number;
  readonly failed: number;
  readonly last_started_at: string;
}

export interface StepStatisticsDto {
  readonly name: StepName;
  readonly finished: number;
  readonly total_ms: number;
  readonly mean_ms: number;
  readonly p95_ms: number;
}

const IN_SCOPE = '($1::text[] IS NULL OR site = ANY($1)) AND ($2::text[] IS NULL OR line_id = ANY($2))';

/** Counts over all tasks that the caller may see. */
@Injectable()
export class StatisticsService {
  constructor(private readonly dataSource: DataSource) {}

  async statistics(): Promise<StatisticsDto> {
    const [byStatus, lines, steps, images] = await Promise.all([
      this.tasksByStatus(),
      this.lines(),
      this.steps(),
      this.query<{ images: string | null }>(
        `SELECT sum((counts->>'classified')::bigint) AS images FROM tasks WHERE status = 'completed' AND ${IN_SCOPE}`,
      ),
    ]);
    const total = Object.values(byStatus).reduce((sum, count) => sum + count, 0);
    return { tasks: { total, by_status: byStatus }, lines, steps, images_classified: Number(images[0]?.images ?? 0) };
  }

  async tasksByStatus(): Promise<Record<TaskStatus, number>> {
    const rows = await this.query<{ status: TaskStatus; count: string }>(
      `SELECT status, count(*) AS count FROM tasks WHERE ${IN_SCOPE} GROUP BY status`,
    );
    const counts = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>;
    for (const { status, count } of rows) counts[status] = Number(count);
    return counts;
  }

  async steps(): Promise<StepStatisticsDto[]> {
    const rows = await this.query<Record<'name' | 'finished' | 'total' | 'p95', string>>(
      `SELECT name, count(*) AS finished, sum(duration_ms) AS total,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95
        FROM task_steps WHERE status = 'finished' AND duration_ms IS NOT NULL
          AND task_id IN (SELECT id FROM tasks WHERE ${IN_SCOPE}) GROUP BY name`,
    );
    const byName = new Map(rows.map((row) => [row.name, row]));
    return STEP_NAMES.flatMap((name) => {
      const row = byName.get(name);
      if (!row) return [];
      const [finished, total] = [Number(row.finished), Number(row.total)];
      return [{ name, finished, total_ms: total, mean_ms: total / finished, p95_ms: Number(row.p95) }];
    });
  }

  /** The newest speed of every task that trains now. */
  async speeds(): Promise<{ taskId: string; imagesPerSecond: number }[]> {
    const rows = await this.query<{ id: string; speed: string | null }>(
      `SELECT tasks.id, (newest.data->>'imagesPerSecond') AS speed FROM tasks
        CROSS JOIN LATERAL (SELECT data FROM task_events WHERE task_id = tasks.id AND kind = 'epoch'
          ORDER BY id DESC LIMIT 1) AS newest
        WHERE tasks.status = 'running' AND tasks.current_step = 'train' AND ${IN_SCOPE} LIMIT 1000`,
    );
    return rows.flatMap(({ id, speed }) => (speed === null ? [] : [{ taskId: id, imagesPerSecond: Number(speed) }]));
  }

  private async lines(): Promise<LineStatisticsDto[]> {
    const rows = await this.query<
      Record<'site' | 'line_id' | 'tasks' | 'completed' | 'failed', string> & { last: Date }
    >(
      `SELECT site, line_id, count(*) AS tasks, max(created_at) AS last,
        count(*) FILTER (WHERE status = 'completed') AS completed,
        count(*) FILTER (WHERE status = 'failed') AS failed
        FROM tasks WHERE ${IN_SCOPE} GROUP BY site, line_id ORDER BY site, line_id LIMIT 1000`,
    );
    return rows.map((row) => ({
      site: row.site,
      line_id: row.line_id,
      tasks: Number(row.tasks),
      completed: Number(row.completed),
      failed: Number(row.failed),
      last_started_at: row.last.toISOString(),
    }));
  }

  /** `$1` and `$2` are the sites and lines that the caller may see, or null. */
  private query<T>(sql: string): Promise<T[]> {
    const { sites, lines } = currentScope();
    return this.dataSource.query(sql, [sites, lines]);
  }
}
