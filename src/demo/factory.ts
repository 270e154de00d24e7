import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { acquireEmbeddedPostgres } from '../infra/database/index.js';
import { startForwardingServer } from '../infra/ssh/index.js';
import { createFactoryDatabase, type FactoryDatabase } from './factory-database.js';
import type { AmrRawDataRow } from './line/index.js';

/** The factory's side of the demo: its database, reached only through an SSH server. */
export interface Factory {
  readonly database: FactoryDatabase;
  readonly ssh: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    /** `SHA256:…` of the host key made for this demo. */
    readonly fingerprint: string;
  };
  /** Connections forwarded so far: proof that the metadata came through the tunnel. */
  forwards(): number;
  close(): Promise<void>;
}

const OTHER_ROWS = 20_000;

/** Starts a PostgreSQL of its own in `folder`, fills `amr_raw_data`, and puts an SSH server in front. */
export async function startFactory(folder: string, rows: readonly AmrRawDataRow[]): Promise<Factory> {
  const server = await acquireEmbeddedPostgres(join(folder, 'postgres'), { port: 0, durable: false });
  try {
    const database = await createFactoryDatabase({
      adminUrl: server.url,
      database: 'aoi',
      reader: { user: 'polarline_reader', password: randomBytes(12).toString('base64url') },
      rows,
      otherRows: OTHER_ROWS,
    });
    const user = { name: 'polarline', password: randomBytes(12).toString('base64url') };
    const ssh = await startForwardingServer({
      users: [user],
      allowedTargets: [`${database.host}:${database.port}`],
    });
    return {
      database,
      ssh: {
        host: ssh.host,
        port: ssh.port,
        user: user.name,
        password: user.password,
        fingerprint: ssh.fingerprints[0]!,
      },
      forwards: () => ssh.forwards,
      close: async () => {
        await ssh.close();
        await server.release();
      },
    };
  } catch (error) {
    await server.release();
    throw error;
  }
}
