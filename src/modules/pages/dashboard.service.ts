import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { currentScope } from '../auth/access-scope.js';

/** How good a finished task came out, 0..1. */
export interface TaskFigures {
  readonly accuracy: number | null;
  readonly precisionAt1: number | null;
}

/** Where a training is. */
export interface TrainingPace {
  readonly epoch: number | null;
  readonly maxEpochs: number | null;
  readonly secondsLeft: number | null;
}

export interface LinePlace {
  readonly site: string;
  readonly line: string;
}

const PLACES_FRESH_MS = 30_000;
const MOST_PLACES = 500;

/** What the dashboard shows beside the tasks themselves; one query for a page of tasks. */
@Injectable()
export class DashboardService {
  private readonly known = new Map<string, { readonly at: number; readonly places: Promise<readonly LinePlace[]> }>();

  constructor(private readonly dataSource: DataSource) {}

  /** Of completed tasks; one that is being evaluated again has those from before. */
  async figures(taskIds: readonly string[]): Promise<ReadonlyMap<string, TaskFigures>> {
    if (taskIds.length === 0) return new Map();
    const rows: { id: string; accuracy: number | null; precision: number | null }[] = await this.dataSource.query(
      `SELECT task_id AS id, (result #>> '{accuracy,all,accuracy,value}')::float8 AS accuracy,
        (result #>> '{retrieval,all,precisionAt1,value}')::float8 AS precision
        FROM task_steps WHERE name = 'evaluate' AND task_id = ANY($1)`,
      [taskIds],
    );
    return new Map(rows.map(({ id, accuracy, precision }) => [id, { accuracy, precisionAt1: precision }]));
  }

  /** Of the tasks that train now, by what they told last. */
  async paces(taskIds: readonly string[]): Promise<ReadonlyMap<string, TrainingPace>> {
    if (taskIds.length === 0) return new Map();
    const rows: { id: string; metrics: Record<string, number> | null }[] = await this.dataSource.query(
      `SELECT tasks.id, newest.data -> 'metrics' AS metrics FROM tasks CROSS JOIN LATERAL
        (SELECT data FROM task_events WHERE task_id = tasks.id ORDER BY id DESC LIMIT 1) AS newest
        WHERE tasks.id = ANY($1) AND tasks.current_step = 'train'`,
      [taskIds],
    );
    return new Map(
      rows.flatMap(({ id, metrics }) =>
        metrics === null
          ? []
          : [
              [
                id,
                {
                  epoch: metrics.epoch ?? null,
                  maxEpochs: metrics.maxEpochs ?? null,
                  secondsLeft: metrics.secondsLeft ?? null,
                },
              ] as const,
            ],
      ),
    );
  }

  /** Sites and lines that have tasks, for the filter; half a minute old at most. */
  async places(): Promise<readonly LinePlace[]> {
    const { sites, lines } = currentScope();
    const key = JSON.stringify([sites, lines]);
    const known = this.known.get(key);
    if (known && Date.now() - known.at < PLACES_FRESH_MS) return known.places;
    const places = this.dataSource.query<LinePlace[]>(
      `SELECT DISTINCT site, line_id AS line FROM tasks
        WHERE ($1::text[] IS NULL OR site = ANY($1)) AND ($2::text[] IS NULL OR line_id = ANY($2))
        ORDER BY site, line LIMIT ${MOST_PLACES}`,
      [sites, lines],
    );
    this.known.set(key, { at: Date.now(), places });
    places.catch(() => this.known.delete(key));
    return places;
  }
}
