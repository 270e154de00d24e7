import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Users, keys, sessions, and the audit trail. */
export class CreateUsers1763647200000 implements MigrationInterface {
  name = 'CreateUsers1763647200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of UP) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['audit', 'sign_in_failures', 'sessions', 'api_keys', 'users'])
      await queryRunner.query(`DROP TABLE ${table}`);
    await queryRunner.query('DROP FUNCTION audit_is_append_only');
  }
}

const ROLE = `text NOT NULL CHECK (role IN ('viewer', 'operator', 'engineer', 'admin'))`;

const UP = [
  `CREATE TABLE users (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    role ${ROLE},
    password_hash text NOT NULL,
    sites text[],
    lines text[],
    disabled boolean NOT NULL DEFAULT false,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL
  )`,
  `CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    role ${ROLE},
    key_hash text NOT NULL UNIQUE,
    hint text NOT NULL,
    sites text[],
    lines text[],
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL
  )`,
  `CREATE UNIQUE INDEX api_keys_by_name ON api_keys (name) WHERE revoked_at IS NULL`,
  `CREATE TABLE sessions (
    token_hash text PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    csrf_token text NOT NULL,
    created_from text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
  )`,
  `CREATE INDEX sessions_by_user ON sessions (user_id)`,
  `CREATE TABLE sign_in_failures (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    address text NOT NULL,
    at timestamptz NOT NULL
  )`,
  `CREATE INDEX sign_in_failures_by_time ON sign_in_failures (at)`,
  `CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    address text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    before jsonb,
    after jsonb
  )`,
  `CREATE INDEX audit_by_target ON audit (target, id)`,
  `CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'rows of the audit trail are never changed'; END $$`,
  `CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()`,
];
