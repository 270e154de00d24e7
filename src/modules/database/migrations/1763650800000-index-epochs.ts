import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The newest epoch of a task is asked for with each status; among many progress events it is found at once. */
export class IndexEpochs1763650800000 implements MigrationInterface {
  name = 'IndexEpochs1763650800000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX task_events_epochs ON task_events (task_id, id) WHERE kind = 'epoch'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX task_events_epochs');
  }
}
