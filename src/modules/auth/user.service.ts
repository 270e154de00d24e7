import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, badInput } from '../../common/index.js';
import { writeAudit } from '../audit/write-audit.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import type { Actor } from '../tasks/actor.js';
import { UserEntity } from './auth.entities.js';
import { hashPassword } from './passwords.js';
import type { Role } from './roles.js';

export interface UserDto {
  readonly name: string;
  readonly role: Role;
  readonly sites: readonly string[] | null;
  readonly lines: readonly string[] | null;
  readonly disabled: boolean;
  readonly created_by: string;
  readonly created_at: string;
}

export interface AddUserSpec {
  readonly name: string;
  readonly role: Role;
  readonly password: string;
  readonly sites?: readonly string[] | null;
  readonly lines?: readonly string[] | null;
}

export interface ChangeUserSpec {
  readonly role?: Role;
  readonly password?: string;
  readonly sites?: readonly string[] | null;
  readonly lines?: readonly string[] | null;
  readonly disabled?: boolean;
}

/** So often the first user is looked for; another process may have added it. */
const OPEN_FRESH_MS = 1_000;
const NAME = /^[a-z0-9][a-z0-9._@-]{0,63}$/;

/** People who may sign in. While there is none, a service on the loopback address is open to its machine. */
@Injectable()
export class UserService {
  private known = false;
  private askedAt = 0;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** Whether anybody has to sign in. Once true it stays so: the last admin cannot be removed. */
  async required(): Promise<boolean> {
    if (this.known || Date.now() - this.askedAt < OPEN_FRESH_MS) return this.known;
    this.known = await this.dataSource.manager.exists(UserEntity);
    this.askedAt = Date.now();
    return this.known;
  }

  async hasAdmin(): Promise<boolean> {
    return this.dataSource.manager.existsBy(UserEntity, { role: 'admin', disabled: false });
  }

  async list(): Promise<UserDto[]> {
    return (await this.dataSource.manager.find(UserEntity, { order: { name: 'ASC' } })).map(toDto);
  }

  /** @throws AppError `USER_UNKNOWN` */
  async get(givenName: string): Promise<UserDto> {
    const name = givenName.toLowerCase().slice(0, 64);
    const user = await this.dataSource.manager.findOneBy(UserEntity, { name });
    if (!user) throw userUnknown(name);
    return toDto(user);
  }

  /** @throws AppError for a name or password that will not do, or a first user who is no admin. */
  async add(spec: AddUserSpec, actor: Actor): Promise<UserDto> {
    const name = spec.name.toLowerCase();
    if (!NAME.test(name))
      throw badInput(
        'USER_NAME_INVALID',
        `name: expected letters, digits and . _ @ -, up to 64, got ${JSON.stringify(spec.name)}.`,
      );
    this.checkPassword(spec.password, name);
    const passwordHash = await hashPassword(spec.password);
    return this.dataSource.transaction(async (manager) => {
      await manager.query('LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE');
      if (await manager.existsBy(UserEntity, { name }))
        throw new AppError('conflict', 'USER_EXISTS', `There is a user ${name} already; choose another name.`, {
          name,
        });
      if (spec.role !== 'admin' && !(await manager.existsBy(UserEntity, { role: 'admin', disabled: false })))
        throw badInput(
          'ADMIN_FIRST',
          `role: expected admin for the first user, got ${spec.role}; without one nobody could add others.`,
        );
      const user = manager.create(UserEntity, {
        id: randomUUID(),
        name,
        role: spec.role,
        passwordHash,
        sites: spec.sites ? [...spec.sites] : null,
        lines: spec.lines ? [...spec.lines] : null,
        disabled: false,
        createdBy: actor.name,
        createdAt: new Date(),
      });
      await manager.insert(UserEntity, user);
      await writeAudit(manager, actor, { action: 'user.add', target: `user:${name}`, after: toDto(user) });
      this.askedAt = 0;
      return toDto(user);
    });
  }

  /** Changing a password, the role or disabling somebody ends their sessions. */
  async change(givenName: string, change: ChangeUserSpec, actor: Actor): Promise<UserDto> {
    const name = givenName.toLowerCase();
    if (change.password !== undefined) this.checkPassword(change.password, name);
    const passwordHash = change.password === undefined ? undefined : await hashPassword(change.password);
    return this.dataSource.transaction(async (manager) => {
      await manager.query('LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE');
      const user = await manager.findOneBy(UserEntity, { name });
      if (!user) throw userUnknown(name);
      const before = toDto(user);
      if (change.role !== undefined) user.role = change.role;
      if (change.disabled !== undefined) user.disabled = change.disabled;
      if (change.sites !== undefined) user.sites = change.sites && [...change.sites];
      if (change.lines !== undefined) user.lines = change.lines && [...change.lines];
      if (passwordHash !== undefined) user.passwordHash = passwordHash;
      await manager.save(user);
      if (!(await manager.existsBy(UserEntity, { role: 'admin', disabled: false })))
        throw new AppError('conflict', 'LAST_ADMIN', `${name} is the last admin; make another one first.`, { name });
      await manager.query('DELETE FROM sessions WHERE user_id = $1', [user.id]);
      const after = { ...toDto(user), ...(passwordHash === undefined ? {} : { password: 'changed' }) };
      await writeAudit(manager, actor, { action: 'user.change', target: `user:${name}`, before, after });
      return toDto(user);
    });
  }

  private checkPassword(password: string, name: string): void {
    const { minimumPasswordLength } = this.config.security;
    if (password.length < minimumPasswordLength || password.length > 1024)
      throw badInput(
        'PASSWORD_TOO_SHORT',
        `password: expected ${minimumPasswordLength} to 1024 characters, got ${password.length}.`,
        { minimum: minimumPasswordLength, length: password.length },
      );
    if (password.toLowerCase().includes(name) && password.length < name.length + 6)
      throw badInput('PASSWORD_GUESSABLE', 'password: expected one that is not made of the name.');
  }
}

function userUnknown(name: string): AppError {
  return new AppError('notFound', 'USER_UNKNOWN', `There is no user ${name}.`, { name });
}

function toDto(user: UserEntity): UserDto {
  const { name, role, sites, lines, disabled, createdBy, createdAt } = user;
  return { name, role, sites, lines, disabled, created_by: createdBy, created_at: createdAt.toISOString() };
}
