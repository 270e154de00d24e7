import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { createDataSource } from '../../src/infra/database/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

class CreateNotes1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE note (text text NOT NULL)');
    await runner.query("INSERT INTO note VALUES ('once')");
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE note');
  }
}

class Fails1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half (text text)');
    await runner.query('SELECT no_such_function()');
  }
  async down(): Promise<void> {}
}

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.release());

describe('createDataSource', () => {
  it('applies migrations once when several processes start together', async () => {
    const spec = { url: database.url, schema: 'app', entities: [], migrations: [CreateNotes1700000000000] };
    const sources = await Promise.all([1, 2, 3].map(() => createDataSource({ ...spec, poolSize: 2 })));
    expect(await sources[0]!.query('SELECT text FROM note')).toEqual([{ text: 'once' }]);
    expect(await sources[0]!.query("SELECT to_regclass('app.note') IS NOT NULL AS there")).toEqual([{ there: true }]);
    await Promise.all(sources.map((source) => source.destroy()));
  });

  it('leaves nothing behind when a migration fails', async () => {
    const migrations = [CreateNotes1700000000000, Fails1700000000001];
    const spec = { url: database.url, schema: 'other', entities: [], poolSize: 2 };
    await expect(createDataSource({ ...spec, migrations })).rejects.toThrow('no_such_function');
    const source = await createDataSource({ ...spec, migrations: [] });
    expect(await source.query("SELECT to_regclass('other.half') AS half, to_regclass('other.note') AS note")).toEqual([
      { half: null, note: null },
    ]);
    await source.destroy();
  });
});
