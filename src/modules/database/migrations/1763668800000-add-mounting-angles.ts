import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many images of a class the metadata gives each mounting angle; null for tasks that were collected before. */
export class AddMountingAngles1763668800000 implements MigrationInterface {
  name = 'AddMountingAngles1763668800000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE task_classes ADD COLUMN angles jsonb');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE task_classes DROP COLUMN angles');
  }
}
