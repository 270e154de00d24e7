import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { DataSource } from 'typeorm';

const names = new Map<string, string>();

/**
 * Runs a statement that is prepared once for each connection, so that the server plans it once and not at each
 * call: for the few questions that are asked all the time. The text must not carry values: each text is kept.
 */
export async function preparedQuery<T extends object>(
  dataSource: DataSource,
  text: string,
  values: readonly unknown[],
): Promise<T[]> {
  // TypeORM's PostgreSQL driver calls its pool "master".
  const { master: pool } = dataSource.driver as unknown as { readonly master: pg.Pool };
  const { rows } = await pool.query<T>({ name: nameOf(text), text, values: [...values] });
  return rows;
}

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `polarline_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  names.set(text, name);
  return name;
}
