import pg from 'pg';
import { eventually } from './eventually.js';
import type { StepName } from '../../src/modules/tasks/index.js';

/** Spells `HOLD`; keeps these locks apart from all others of the database. */
const LOCK_KEY = 0x48_4f_4c_44;

/**
 * Keeps steps from ending until a test lets them go: what the test does meanwhile surely hits the step at work, on
 * machines of any speed.
 */
export class StepHolds {
  private constructor(private readonly client: pg.Client) {}

  static async open(databaseUrl: string): Promise<StepHolds> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(`
      SET search_path = polarline;
      CREATE FUNCTION wait_until_let_go() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_advisory_xact_lock_shared(${LOCK_KEY}, hashtext(NEW.name));
          RETURN NEW;
        END $$;
      CREATE TRIGGER wait_until_let_go BEFORE UPDATE ON task_steps
        FOR EACH ROW WHEN (NEW.status = 'finished') EXECUTE FUNCTION wait_until_let_go()`);
    return new StepHolds(client);
  }

  async hold(...steps: readonly StepName[]): Promise<void> {
    for (const step of steps) await this.client.query('SELECT pg_advisory_lock($1, hashtext($2))', [LOCK_KEY, step]);
  }

  async letGo(step: StepName): Promise<void> {
    await this.client.query('SELECT pg_advisory_unlock($1, hashtext($2))', [LOCK_KEY, step]);
  }

  /** Lets a step go once it is not recorded as running any more; whoever waits for its end loses the connection. */
  async letGoOnceInterrupted(step: StepName): Promise<void> {
    await eventually(async () => {
      await this.client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks
          WHERE locktype = 'advisory' AND classid = $1 AND objid = hashtext($2)::bit(32)::bigint AND NOT granted`,
        [LOCK_KEY, step],
      );
      const { rowCount } = await this.client.query("SELECT 1 FROM task_steps WHERE name = $1 AND status = 'running'", [
        step,
      ]);
      return rowCount === 0;
    });
    await this.letGo(step);
  }

  /** Lets everything go. */
  close(): Promise<void> {
    return this.client.end();
  }
}
