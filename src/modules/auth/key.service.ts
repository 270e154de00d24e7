import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { AppError, badInput } from '../../common/index.js';
import { writeAudit } from '../audit/write-audit.js';
import type { Actor } from '../tasks/actor.js';
import { ApiKeyEntity } from './auth.entities.js';
import type { Role } from './roles.js';

export interface KeyDto {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly hint: string;
  readonly sites: readonly string[] | null;
  readonly lines: readonly string[] | null;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly last_used_at: string | null;
  readonly created_by: string;
  readonly created_at: string;
}

export interface AddKeySpec {
  readonly name: string;
  readonly role: Role;
  readonly sites?: readonly string[] | null;
  readonly lines?: readonly string[] | null;
  readonly expiresAt?: Date | null;
}

/** Names that a key may have. */
export const KEY_NAME = /^[A-Za-z0-9][A-Za-z0-9._@ -]{0,63}$/;
export const KEY_PREFIX = 'plk_';
const HINT_LENGTH = 10;
/** How exactly it is kept when a key was last used. */
const USE_PRECISION_MS = 60_000;

/** Keys of programs. A key is random in all its 256 bits, so a plain hash is enough to keep. */
@Injectable()
export class KeyService {
  constructor(private readonly dataSource: DataSource) {}

  async list(): Promise<KeyDto[]> {
    return (await this.dataSource.manager.find(ApiKeyEntity, { order: { createdAt: 'DESC' } })).map(toDto);
  }

  /** The key itself is told this once. */
  async add(spec: AddKeySpec, actor: Actor): Promise<KeyDto & { key: string }> {
    if (spec.expiresAt && spec.expiresAt <= new Date())
      throw badInput('KEY_EXPIRED', `expires_at: expected a time to come, got ${spec.expiresAt.toISOString()}.`);
    const key = `${KEY_PREFIX}${randomBytes(32).toString('base64url')}`;
    return this.dataSource.transaction(async (manager) => {
      if (await manager.existsBy(ApiKeyEntity, { name: spec.name, revokedAt: IsNull() }))
        throw new AppError(
          'conflict',
          'KEY_EXISTS',
          `There is a key ${spec.name} already; revoke it or choose another name.`,
        );
      const row = manager.create(ApiKeyEntity, {
        id: randomUUID(),
        name: spec.name,
        role: spec.role,
        keyHash: hashToken(key),
        hint: key.slice(0, HINT_LENGTH),
        sites: spec.sites ? [...spec.sites] : null,
        lines: spec.lines ? [...spec.lines] : null,
        expiresAt: spec.expiresAt ?? null,
        revokedAt: null,
        lastUsedAt: null,
        createdBy: actor.name,
        createdAt: new Date(),
      });
      await manager.insert(ApiKeyEntity, row);
      await writeAudit(manager, actor, { action: 'key.add', target: `key:${spec.name}`, after: toDto(row) });
      return { ...toDto(row), key };
    });
  }

  async revoke(id: string, actor: Actor): Promise<KeyDto> {
    return this.dataSource.transaction(async (manager) => {
      const row = /^[0-9a-f-]{36}$/.test(id) ? await manager.findOneBy(ApiKeyEntity, { id }) : null;
      if (!row) throw new AppError('notFound', 'KEY_UNKNOWN', `There is no key ${id}.`, { id });
      const before = toDto(row);
      row.revokedAt ??= new Date();
      await manager.save(row);
      await writeAudit(manager, actor, { action: 'key.revoke', target: `key:${row.name}`, before, after: toDto(row) });
      return toDto(row);
    });
  }

  /** The key as it is known, or null when it is unknown, revoked or expired. */
  async recognise(key: string, now = new Date()): Promise<ApiKeyEntity | null> {
    const { manager } = this.dataSource;
    const row = await manager.findOneBy(ApiKeyEntity, { keyHash: hashToken(key), revokedAt: IsNull() });
    if (!row || (row.expiresAt !== null && row.expiresAt <= now)) return null;
    if (row.lastUsedAt === null || now.getTime() - row.lastUsedAt.getTime() > USE_PRECISION_MS)
      await manager.update(ApiKeyEntity, { id: row.id }, { lastUsedAt: now });
    return row;
  }
}

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function toDto(row: ApiKeyEntity): KeyDto {
  const { id, name, role, hint, sites, lines } = row;
  return {
    id,
    name,
    role,
    hint,
    sites,
    lines,
    expires_at: row.expiresAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
  };
}
