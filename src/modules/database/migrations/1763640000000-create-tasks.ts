import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tasks with their steps, events, classes, samples and answers. */
export class CreateTasks1763640000000 implements MigrationInterface {
  name = 'CreateTasks1763640000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of UP) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) await queryRunner.query(`DROP TABLE ${table}`);
  }
}

const TABLES = [
  'task_artefacts',
  'orientation_drafts',
  'orientation_answers',
  'orientation_samples',
  'task_classes',
  'task_steps',
  'task_events',
  'tasks',
];

const UP = [
  `CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    status text NOT NULL
      CHECK (status IN ('pending', 'pending_orientation', 'running', 'completed', 'failed', 'cancelled')),
    current_step text,
    progress double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    site text NOT NULL,
    line_id text NOT NULL,
    input_dir text NOT NULL,
    output_dir text NOT NULL,
    run_folder text NOT NULL UNIQUE,
    metadata_csv text,
    config jsonb NOT NULL,
    counts jsonb NOT NULL DEFAULT '{}',
    error jsonb,
    created_by text NOT NULL,
    created_from text NOT NULL,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    confirmed_at timestamptz,
    finished_at timestamptz,
    updated_at timestamptz NOT NULL,
    job_name text,
    job_id text,
    fence integer NOT NULL DEFAULT 0,
    lease_owner text,
    lease_until timestamptz,
    idempotency_key text,
    request_digest text
  )`,
  `CREATE INDEX tasks_by_time ON tasks (created_at DESC, id DESC)`,
  `CREATE INDEX tasks_by_status ON tasks (status, created_at DESC, id DESC)`,
  `CREATE INDEX tasks_by_line ON tasks (site, line_id, created_at DESC, id DESC)`,
  `CREATE INDEX tasks_working ON tasks (updated_at) WHERE status IN ('pending', 'running')`,
  `CREATE UNIQUE INDEX tasks_by_idempotency_key ON tasks (created_by, idempotency_key)
    WHERE idempotency_key IS NOT NULL`,
  `CREATE TABLE task_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id uuid NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    at timestamptz NOT NULL DEFAULT now(),
    kind text NOT NULL CHECK (kind IN ('state', 'step', 'progress', 'epoch', 'log')),
    data jsonb NOT NULL
  )`,
  `CREATE INDEX task_events_by_task ON task_events (task_id, id)`,
  `CREATE TABLE task_steps (
    task_id uuid NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    name text NOT NULL,
    status text NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'interrupted')),
    attempt integer NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    duration_ms integer,
    result jsonb,
    PRIMARY KEY (task_id, name)
  )`,
  `CREATE TABLE task_classes (
    task_id uuid NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    folder text NOT NULL,
    product text NOT NULL,
    component text NOT NULL,
    light text NOT NULL,
    ok_count integer NOT NULL,
    ng_count integer NOT NULL,
    PRIMARY KEY (task_id, folder),
    UNIQUE (task_id, product, component, light)
  )`,
  `CREATE TABLE orientation_samples (
    task_id uuid NOT NULL,
    folder text NOT NULL,
    position integer NOT NULL,
    file_name text NOT NULL,
    path text NOT NULL,
    PRIMARY KEY (task_id, folder, position),
    FOREIGN KEY (task_id, folder) REFERENCES task_classes (task_id, folder) ON DELETE CASCADE
  )`,
  `CREATE TABLE orientation_answers (
    task_id uuid NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    product text NOT NULL,
    component text NOT NULL,
    light text NOT NULL,
    answer text NOT NULL CHECK (answer IN ('Up', 'Right', 'Down', 'Left', 'skip')),
    symmetry smallint NOT NULL CHECK (symmetry IN (1, 2, 4)),
    answered_by text NOT NULL,
    answered_at timestamptz NOT NULL,
    answered_from text NOT NULL,
    PRIMARY KEY (task_id, product, component, light)
  )`,
  `CREATE TABLE task_artefacts (
    task_id uuid NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    kind text NOT NULL,
    path text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL,
    PRIMARY KEY (task_id, kind)
  )`,
  `CREATE TABLE orientation_drafts (
    task_id uuid PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
    answers jsonb NOT NULL,
    saved_by text NOT NULL,
    saved_at timestamptz NOT NULL,
    saved_from text NOT NULL
  )`,
];
