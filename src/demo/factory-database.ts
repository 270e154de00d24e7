import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { AMR_COLUMN_NAMES, AMR_COLUMNS, type AmrRawDataRow } from './line/index.js';

export interface FactoryDatabaseSpec {
  /** A PostgreSQL login that may create databases and roles, with any database of the server. */
  readonly adminUrl: string;
  /** Dropped first when it is there: this is a simulated factory. */
  readonly database: string;
  readonly reader: { readonly user: string; readonly password: string };
  readonly rows: readonly AmrRawDataRow[];
  /** Rows of other lines and days, so that the table is not empty around the ones asked for. */
  readonly otherRows?: number;
}

export interface FactoryDatabase {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly rows: number;
}

const ROWS_A_STATEMENT = 2000;

/**
 * Makes the factory's side: a database with `public.amr_raw_data` (32 columns, indexed as lines look rows up)
 * and a role that may only read it.
 */
export async function createFactoryDatabase(spec: FactoryDatabaseSpec): Promise<FactoryDatabase> {
  const database = escapeIdentifier(spec.database);
  const reader = escapeIdentifier(spec.reader.user);
  await withClient(spec.adminUrl, async (admin) => {
    await admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${database}`);
    const known = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [spec.reader.user]);
    const verb = known.rowCount === 0 ? 'CREATE' : 'ALTER';
    await admin.query(
      `${verb} ROLE ${reader} LOGIN NOSUPERUSER NOCREATEDB PASSWORD ${escapeLiteral(spec.reader.password)}`,
    );
  });
  const url = withDatabase(spec.adminUrl, spec.database);
  await withClient(url.href, async (client) => {
    await client.query(CREATE_TABLE);
    for (let start = 0; start < spec.rows.length; start += ROWS_A_STATEMENT) {
      const batch = JSON.stringify(spec.rows.slice(start, start + ROWS_A_STATEMENT));
      await client.query(
        'INSERT INTO public.amr_raw_data SELECT * FROM json_populate_recordset(null::public.amr_raw_data, $1)',
        [batch],
      );
    }
    await client.query(INSERT_OTHER_ROWS, [spec.otherRows ?? 0]);
    for (const statement of CREATE_INDEXES) await client.query(statement);
    await client.query('ANALYZE public.amr_raw_data');
    await client.query(`REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
    await client.query(`GRANT USAGE ON SCHEMA public TO ${reader}`);
    await client.query(`GRANT SELECT ON public.amr_raw_data TO ${reader}`);
    await client.query(`ALTER ROLE ${reader} SET default_transaction_read_only = on`);
  });
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    database: spec.database,
    ...spec.reader,
    rows: spec.rows.length + (spec.otherRows ?? 0),
  };
}

/** The same server, another database. */
function withDatabase(adminUrl: string, database: string): URL {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url;
}

async function withClient(connectionString: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

const CREATE_TABLE = `CREATE TABLE public.amr_raw_data (
  ${AMR_COLUMN_NAMES.map((column) => `${column} ${AMR_COLUMNS[column]}`).join(',\n  ')},
  PRIMARY KEY (uuid)
)`;

const CREATE_INDEXES = [
  'CREATE INDEX amr_raw_data_by_path ON public.amr_raw_data (image_path)',
  'CREATE INDEX amr_raw_data_by_line_and_time ON public.amr_raw_data (site, line_id, create_time)',
];

/** A board a minute on four other lines. */
const INSERT_OTHER_ROWS = `INSERT INTO public.amr_raw_data
  (uuid, product_name, site, line_id, station_id, factory, aoi_id, create_time, top_btm, imulti_col, imulti_row,
   carrier_sn, board_sn, image_path, image_name, part_number, comp_name, window_id, ai_result, center_x, center_y,
   region_x, region_y, angle, cycle_time, total_comp, comp_type, group_type, is_covered)
SELECT md5('other ' || n)::uuid, 'OTHER' || n % 7, 'HPH', 'V' || (20 + n % 4), 'AOI', 'DEMO', 'AOI-1', at, 'T', 1, 1,
   'SN' || n, 'SN' || n, to_char(at, 'YYYY-MM-DD') || '/' || stamp || '/' || name, name, '60OTHER', 'U1', 1, '1',
   400, 300, 160, 120, 0, 12.5, 1, 'IC', 'Polarity', false
FROM (
  SELECT n, at, to_char(at, 'YYYYMMDDHH24MISS') AS stamp,
    to_char(at, 'YYYYMMDDHH24MISS') || '_SN' || n || '@U1_001_R.jpg' AS name
  FROM (SELECT n, timestamp '2025-03-01' + n * interval '1 minute' AS at FROM generate_series(1, $1::int) n) numbered
) named`;
