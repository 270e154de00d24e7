import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, LessThan, MoreThan } from 'typeorm';
import { AppError } from '../../common/index.js';
import { writeAudit } from '../audit/write-audit.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import { SessionEntity, SignInFailureEntity, UserEntity } from './auth.entities.js';
import { hashToken } from './key.service.js';
import { hashPassword, verifyPassword } from './passwords.js';

const FAILURE_WINDOW_MS = 15 * 60_000;

export interface OpenSession {
  /** For the cookie; only its hash is kept. */
  readonly token: string;
  readonly expiresAt: Date;
}

/** Signing in and out of pages. */
@Injectable()
export class SessionService {
  /** Checked against when there is no such user, so that names cannot be told by the time it takes. */
  private readonly decoy = hashPassword(randomBytes(16).toString('hex'));

  constructor(
    private readonly dataSource: DataSource,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** @throws AppError `SIGN_IN_FAILED` (unauthenticated); `TOO_MANY_ATTEMPTS` (tooMany) after several failures. */
  async open(givenName: string, password: string, from: string): Promise<OpenSession> {
    const user = await this.verify(givenName, password, from);
    const { name } = user;
    const token = randomBytes(32).toString('base64url');
    const createdAt = new Date();
    const expiresAt = new Date(createdAt.getTime() + this.config.security.sessionHours * 3_600_000);
    await this.dataSource.transaction(async (tx) => {
      await tx.delete(SessionEntity, { expiresAt: LessThan(createdAt) });
      await tx.delete(SignInFailureEntity, { name });
      await tx.insert(SessionEntity, {
        tokenHash: hashToken(token),
        userId: user.id,
        csrfToken: randomBytes(24).toString('base64url'),
        createdFrom: from,
        createdAt,
        expiresAt,
      });
      await writeAudit(tx, { name: `user:${name}`, from }, { action: 'session.open', target: `user:${name}` });
    });
    return { token, expiresAt };
  }

  /** Whose name and password these are; failures count against the name and the address. @throws as `open` */
  async verify(givenName: string, password: string, from: string): Promise<UserEntity> {
    const name = givenName.toLowerCase().slice(0, 64);
    const { manager } = this.dataSource;
    // Noted before it is checked: guesses that come all at once would else pass before the first has failed.
    const { identifiers } = await manager.insert(SignInFailureEntity, { name, address: from, at: new Date() });
    const forget = async (): Promise<void> => void (await manager.delete(SignInFailureEntity, identifiers[0]!));
    await this.assertNotThrottled(name, from).catch(async (error: unknown) => {
      await forget();
      throw error;
    });
    const user = await manager.findOneBy(UserEntity, { name, disabled: false });
    const right = await verifyPassword(password, user?.passwordHash ?? (await this.decoy));
    if (user && right) {
      await forget();
      return user;
    }
    throw new AppError('unauthenticated', 'SIGN_IN_FAILED', 'Name or password is wrong; try again.');
  }

  async close(token: string): Promise<void> {
    await this.dataSource.manager.delete(SessionEntity, { tokenHash: hashToken(token) });
  }

  async recognise(token: string): Promise<{ user: UserEntity; csrfToken: string } | null> {
    const { manager } = this.dataSource;
    const session = await manager.findOneBy(SessionEntity, {
      tokenHash: hashToken(token),
      expiresAt: MoreThan(new Date()),
    });
    const user = session && (await manager.findOneBy(UserEntity, { id: session.userId, disabled: false }));
    return user ? { user, csrfToken: session.csrfToken } : null;
  }

  /** The attempt itself is among those that are counted. */
  private async assertNotThrottled(name: string, address: string): Promise<void> {
    const since = new Date(Date.now() - FAILURE_WINDOW_MS);
    const { manager } = this.dataSource;
    await manager.delete(SignInFailureEntity, { at: LessThan(since) });
    const [byName, byAddress] = await Promise.all([
      manager.countBy(SignInFailureEntity, { name }),
      manager.countBy(SignInFailureEntity, { address }),
    ]);
    const earlier = Math.max(byName, byAddress) - 1;
    if (earlier >= this.config.security.loginAttempts)
      throw new AppError(
        'tooMany',
        'TOO_MANY_ATTEMPTS',
        `Signing in failed ${earlier} times within 15 minutes; wait and try again.`,
      );
  }
}
