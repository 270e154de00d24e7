import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Versions of the training configuration that new tasks start with. */
export class CreateConfigVersions1763643600000 implements MigrationInterface {
  name = 'CreateConfigVersions1763643600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE config_versions (
      version integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      config jsonb,
      changed_by text NOT NULL,
      changed_from text NOT NULL,
      changed_at timestamptz NOT NULL
    )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE config_versions');
  }
}
