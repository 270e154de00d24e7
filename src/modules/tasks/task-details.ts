import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { preparedQuery } from '../../infra/database/index.js';
import { isInScope } from '../auth/access-scope.js';
import { Batches } from './batches.js';
import { JsonText } from './json-text.js';
import { STEP_COLUMNS, TASK_COLUMNS } from './task-columns.js';
import { isTaskId } from './task-filter.js';
import { taskUnknown } from './task-store.js';

const DETAILS = `SELECT task_id AS id, site, line_id, row_to_json(detail)::text AS json FROM (
  SELECT ${TASK_COLUMNS},
    coalesce((SELECT json_agg(row_to_json(step)) FROM (
      SELECT ${STEP_COLUMNS} FROM task_steps WHERE task_id = tasks.id ORDER BY task_steps.started_at) AS step), '[]')
      AS steps,
    (SELECT data FROM task_events WHERE task_id = tasks.id AND kind = 'epoch' ORDER BY id DESC LIMIT 1)
      AS latest_epoch,
    config
  FROM tasks WHERE id = ANY($1::uuid[])) AS detail`;

interface DetailRow {
  readonly id: string;
  readonly site: string;
  readonly line_id: string;
  readonly json: string;
}

interface Detail {
  readonly place: { readonly site: string; readonly lineId: string };
  readonly text: JsonText;
}

/** Tasks with their steps and newest epoch. PostgreSQL writes the JSON; it is not taken apart on its way to the wire. */
@Injectable()
export class TaskDetails {
  private readonly batches = new Batches<string, Detail | undefined>((ids) => this.read(ids));

  constructor(private readonly dataSource: DataSource) {}

  /** A `TaskDetailDto` as it goes to the wire. @throws AppError `TASK_UNKNOWN` */
  async json(taskId: string): Promise<JsonText> {
    const found = isTaskId(taskId) ? await this.batches.ask(taskId, taskId) : undefined;
    // What lies outside of somebody's scope is not there for them.
    if (!found || !isInScope(found.place)) throw taskUnknown(taskId);
    return found.text;
  }

  private async read(ids: readonly string[]): Promise<(Detail | undefined)[]> {
    const rows = await preparedQuery<DetailRow>(this.dataSource, DETAILS, [ids]);
    const byId = new Map(
      rows.map(({ id, site, line_id: lineId, json }) => [id, { place: { site, lineId }, text: JsonText.of(json) }]),
    );
    return ids.map((id) => byId.get(id));
  }
}
