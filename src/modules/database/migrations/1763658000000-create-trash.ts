import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Run folders that retention took away and that can still be fetched back by hand. */
export class CreateTrash1763658000000 implements MigrationInterface {
  name = 'CreateTrash1763658000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE trash (
      path text PRIMARY KEY,
      root text NOT NULL,
      original_path text NOT NULL,
      task_id uuid NOT NULL,
      trashed_at timestamptz NOT NULL
    )`);
    await queryRunner.query('CREATE INDEX tasks_by_end ON tasks (finished_at) WHERE finished_at IS NOT NULL');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX tasks_by_end');
    await queryRunner.query('DROP TABLE trash');
  }
}
