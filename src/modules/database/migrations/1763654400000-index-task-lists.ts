import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each filter that lists offer finds its newest tasks in an index, also where it finds few or none. */
export class IndexTaskLists1763654400000 implements MigrationInterface {
  name = 'IndexTaskLists1763654400000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [name, columns] of Object.entries(INDEXES))
      await queryRunner.query(`CREATE INDEX ${name} ON tasks (${columns}, created_at DESC, id DESC)`);
    await queryRunner.query(TEXT_INDEX);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of [...Object.keys(INDEXES), 'tasks_by_text'])
      await queryRunner.query(`DROP INDEX IF EXISTS ${name}`);
  }
}

const INDEXES: Readonly<Record<string, string>> = {
  tasks_by_line_status: 'site, line_id, status',
  tasks_by_site: 'site',
  tasks_by_site_status: 'site, status',
  tasks_by_line_id: 'line_id',
};

/**
 * Parts of words through pg_trgm, which comes with PostgreSQL. Where a server does not have it or does not let
 * us create it, searching reads the whole table: slower, with the same result.
 */
const TEXT_INDEX = `DO $$ BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX tasks_by_text ON tasks USING gin
    ((id::text || ' ' || run_folder || ' ' || input_dir || ' ' || site || ' ' || line_id) gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'no index for searching text: %', SQLERRM;
END $$`;
