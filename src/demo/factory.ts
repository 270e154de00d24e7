import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { acquireEmbeddedPostgres } from '../infra/database/index.js';
import { startForwardingServer } from '../infra/ssh/index.js';
import { createFactoryDatabase, type FactoryDatabase } from './factory-database.js';
import { startImageServer, type LineImageServer } from './image-server.js';
import type { AmrRawDataRow } from './line/index.js';

/** The factory's side of the demo: its database and its image server, reached only through an SSH server. */
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
  /** The line's image server as the SSH server sees it; null where there are no images. */
  readonly imageServer: LineImageServer | null;
  /** Connections forwarded so far: proof that the metadata came through the tunnel. */
  forwards(): number;
  close(): Promise<void>;
}

const OTHER_ROWS = 20_000;

/**
 * Starts a PostgreSQL of its own in `folder`, fills `amr_raw_data`, and puts an SSH server in front.
 * @param images folder whose images the line's image server hands out
 */
export async function startFactory(
  folder: string,
  rows: readonly AmrRawDataRow[],
  images: string | null = null,
): Promise<Factory> {
  const server = await acquireEmbeddedPostgres(join(folder, 'postgres'), { port: 0, durable: false });
  let imageServer: LineImageServer | null = null;
  try {
    const database = await createFactoryDatabase({
      adminUrl: server.url,
      database: 'aoi',
      reader: { user: 'polarline_reader', password: randomBytes(12).toString('base64url') },
      rows,
      otherRows: OTHER_ROWS,
    });
    imageServer = images === null ? null : await startImageServer({ folder: images });
    const pictures = imageServer;
    const user = { name: 'polarline', password: randomBytes(12).toString('base64url') };
    const ssh = await startForwardingServer({
      users: [user],
      allowedTargets: [database, ...(pictures ? [pictures] : [])].map(({ host, port }) => `${host}:${port}`),
    });
    return {
      database,
      imageServer: pictures,
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
        await pictures?.close();
        await server.release();
      },
    };
  } catch (error) {
    await imageServer?.close();
    await server.release();
    throw error;
  }
}
