import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { AMR_COLUMN_NAMES } from '../../src/demo/line/index.js';
import { createFactoryDatabase, type FactoryDatabase } from '../../src/demo/factory-database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { factoryRow } from '../support/factory.js';

describe('the simulated factory database', () => {
  const fileName = '20250314234107_MB1_T@U3_001_R.jpg';
  let server: TestDatabase;
  let factory: FactoryDatabase;
  let reader: pg.Client;

  beforeAll(async () => {
    server = await createTestDatabase();
    factory = await createFactoryDatabase({
      adminUrl: server.url,
      database: `${server.name}_aoi`,
      reader: { user: `${server.name}_reader`, password: "it's a secret" },
      rows: [factoryRow({ fileName, product: 'MB1' })],
      otherRows: 500,
    });
    reader = new pg.Client({ ...factory });
    await reader.connect();
  });
  afterAll(async () => {
    await reader?.end();
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query(`DROP DATABASE IF EXISTS ${server.name}_aoi WITH (FORCE)`);
    await admin.query(`DROP ROLE IF EXISTS ${server.name}_reader`);
    await admin.end();
    await server.release();
  });

  it('has the 32 columns of the real table and finds a row by its path and day', async () => {
    const { rows, fields } = await reader.query<{ product_name: string }>(
      `SELECT * FROM public.amr_raw_data WHERE image_path = $1 AND create_time >= '2025-03-14' AND create_time < '2025-03-15'`,
      [`2025-03-14/20250314234107/${fileName}`],
    );
    expect(fields.map(({ name }) => name)).toEqual(AMR_COLUMN_NAMES);
    expect(rows.map((row) => row.product_name)).toEqual(['MB1']);
    expect(factory.rows).toBe(501);
  });

  it('looks a path up by its index', async () => {
    await reader.query('SET enable_seqscan = off');
    const { rows } = await reader.query<Record<string, string>>(
      `EXPLAIN SELECT product_name FROM public.amr_raw_data WHERE image_path = ANY ('{a,b}')`,
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('amr_raw_data_by_path');
  });

  it.each(['DELETE FROM public.amr_raw_data', 'CREATE TABLE public.mine (a int)'])(
    'lets the reader only read: %s',
    async (statement) => {
      await reader.query('SET default_transaction_read_only = off');
      await expect(reader.query(statement)).rejects.toMatchObject({ code: '42501' });
    },
  );
});
