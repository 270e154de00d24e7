import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Golden samples that people swapped on finished tasks, and the events that tell of it. */
export class CreateGoldenChanges1763661600000 implements MigrationInterface {
  name = 'CreateGoldenChanges1763661600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of UP) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE golden_changes');
    await queryRunner.query(`DELETE FROM task_events WHERE kind = 'golden'`);
    await queryRunner.query('ALTER TABLE task_events DROP CONSTRAINT task_events_kind_check');
    await queryRunner.query(
      `ALTER TABLE task_events ADD CONSTRAINT task_events_kind_check
        CHECK (kind IN ('state', 'step', 'progress', 'epoch', 'log'))`,
    );
  }
}

const UP = [
  `CREATE TABLE golden_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id uuid NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    golden_id text NOT NULL,
    image_path text,
    before_image_path text,
    shown_before text NOT NULL,
    reason text NOT NULL,
    undoes bigint REFERENCES golden_changes (id) ON DELETE CASCADE,
    changed_by text NOT NULL,
    changed_from text NOT NULL,
    changed_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('queued', 'done', 'failed')),
    finished_at timestamptz,
    error jsonb,
    figures_before jsonb,
    figures_after jsonb
  )`,
  `CREATE INDEX golden_changes_by_task ON golden_changes (task_id, id)`,
  `CREATE UNIQUE INDEX golden_changes_undone_once ON golden_changes (undoes) WHERE undoes IS NOT NULL AND status <> 'failed'`,
  'ALTER TABLE task_events DROP CONSTRAINT task_events_kind_check',
  `ALTER TABLE task_events ADD CONSTRAINT task_events_kind_check
    CHECK (kind IN ('state', 'step', 'progress', 'epoch', 'log', 'golden'))`,
];
