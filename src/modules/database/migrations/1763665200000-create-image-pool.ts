import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Downloads from a line's image server, and the images that they brought. */
export class CreateImagePool1763665200000 implements MigrationInterface {
  name = 'CreateImagePool1763665200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of UP) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['pool_images', 'pool_downloads']) await queryRunner.query(`DROP TABLE ${table}`);
  }
}

const UP = [
  `CREATE TABLE pool_downloads (
    id uuid PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
    site text NOT NULL,
    line_id text NOT NULL,
    part_number text NOT NULL,
    start_date date NOT NULL,
    end_date date NOT NULL,
    image_limit integer,
    total integer,
    stored integer NOT NULL DEFAULT 0,
    known integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    refusals jsonb NOT NULL DEFAULT '[]',
    error jsonb,
    created_by text NOT NULL,
    created_from text NOT NULL,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    updated_at timestamptz NOT NULL,
    job_id text,
    fence integer NOT NULL DEFAULT 0,
    lease_owner text,
    lease_until timestamptz,
    idempotency_key text,
    request_digest text
  )`,
  `CREATE INDEX pool_downloads_by_time ON pool_downloads (created_at DESC, id DESC)`,
  `CREATE INDEX pool_downloads_live ON pool_downloads (updated_at) WHERE status IN ('pending', 'running')`,
  `CREATE UNIQUE INDEX pool_downloads_by_idempotency_key ON pool_downloads (created_by, idempotency_key)
    WHERE idempotency_key IS NOT NULL`,
  `CREATE TABLE pool_images (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site text NOT NULL,
    line_id text NOT NULL,
    part_number text NOT NULL,
    file text NOT NULL,
    image_path text NOT NULL,
    product text,
    captured_at text NOT NULL,
    label text CHECK (label IN ('OK', 'NG')),
    size_bytes bigint NOT NULL,
    width_px integer NOT NULL,
    height_px integer NOT NULL,
    sha256 text NOT NULL,
    download_id uuid REFERENCES pool_downloads (id) ON DELETE SET NULL,
    stored_at timestamptz NOT NULL,
    deleted_at timestamptz,
    deleted_by text,
    UNIQUE (part_number, site, line_id, file)
  )`,
  `CREATE INDEX pool_images_in_trash ON pool_images (deleted_at) WHERE deleted_at IS NOT NULL`,
];
