import type { DataSource, EntityManager } from 'typeorm';

/** One database transaction, and what must wait until it is committed. */
export interface Transaction {
  readonly manager: EntityManager;
  afterCommit(action: () => Promise<void>): void;
}

export async function transact<T>(dataSource: DataSource, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const afterwards: (() => Promise<void>)[] = [];
  const result = await dataSource.transaction((manager) =>
    work({ manager, afterCommit: (action) => void afterwards.push(action) }),
  );
  for (const action of afterwards) await action();
  return result;
}

/** Two calls made the same thing at the same moment: this is what the second hears. */
export function isUniqueViolation(error: unknown): boolean {
  return (error as { driverError?: { code?: string } }).driverError?.code === '23505';
}
