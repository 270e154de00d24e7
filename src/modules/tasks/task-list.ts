import type { EntityManager } from 'typeorm';
import { currentScope } from '../auth/access-scope.js';
import { toTaskDto, type TaskPageDto } from './task-dto.js';
import type { TaskStatus } from './task-state.js';
import { TaskEntity } from './task.entity.js';

export interface TaskFilter {
  readonly status?: readonly TaskStatus[];
  readonly site?: string;
  readonly lineId?: string;
  /** Looked for in id, folders, site and line. */
  readonly text?: string;
  readonly createdFrom?: Date;
  readonly createdTo?: Date;
  /** 1..500, default 50. */
  readonly limit?: number;
  readonly offset?: number;
}

/** Newest first. */
export async function listTasks(manager: EntityManager, filter: TaskFilter): Promise<TaskPageDto> {
  const limit = Math.min(500, Math.max(1, filter.limit ?? 50));
  const offset = Math.max(0, filter.offset ?? 0);
  const query = manager.createQueryBuilder(TaskEntity, 'task');
  const scope = currentScope();
  if (scope.sites) query.andWhere('task.site = ANY(:sites)', { sites: scope.sites });
  if (scope.lines) query.andWhere('task.line_id = ANY(:lines)', { lines: scope.lines });
  if (filter.status?.length) query.andWhere('task.status IN (:...status)', { status: filter.status });
  if (filter.site) query.andWhere('task.site = :site', { site: filter.site });
  if (filter.lineId) query.andWhere('task.line_id = :lineId', { lineId: filter.lineId });
  if (filter.createdFrom) query.andWhere('task.created_at >= :from', { from: filter.createdFrom });
  if (filter.createdTo) query.andWhere('task.created_at <= :to', { to: filter.createdTo });
  if (filter.text)
    query.andWhere(
      `concat_ws(' ', task.id, task.run_folder, task.input_dir, task.site, task.line_id) ILIKE :text ESCAPE '!'`,
      { text: `%${filter.text.replace(/[!%_]/g, '!$&')}%` },
    );
  const [tasks, total] = await query
    .orderBy('task.created_at', 'DESC')
    .addOrderBy('task.id', 'DESC')
    .take(limit)
    .skip(offset)
    .getManyAndCount();
  return { tasks: tasks.map(toTaskDto), total, limit, offset };
}
