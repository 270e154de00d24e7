import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from './roles.js';

/** What people and programs have in common: who they are, what they may do and where. */
abstract class AccountColumns {
  @PrimaryColumn('uuid')
  id: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text' })
  role: Role;

  /** Null sees all sites. */
  @Column({ type: 'text', array: true, nullable: true })
  sites: string[] | null;

  @Column({ type: 'text', array: true, nullable: true })
  lines: string[] | null;

  @Column({ name: 'created_by', type: 'text' })
  createdBy: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}

/** A person; names are in lower case. */
@Entity({ name: 'users' })
export class UserEntity extends AccountColumns {
  @Column({ name: 'password_hash', type: 'text' })
  passwordHash: string;

  @Column({ type: 'boolean' })
  disabled: boolean;
}

/** A program's key; only its hash is kept. */
@Entity({ name: 'api_keys' })
export class ApiKeyEntity extends AccountColumns {
  @Column({ name: 'key_hash', type: 'text' })
  keyHash: string;

  /** Its first characters, so that people can tell keys apart. */
  @Column({ type: 'text' })
  hint: string;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt: Date | null;

  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  lastUsedAt: Date | null;
}

@Entity({ name: 'sessions' })
export class SessionEntity {
  @PrimaryColumn({ name: 'token_hash', type: 'text' })
  tokenHash: string;

  @Column({ name: 'user_id', type: 'uuid' })
  userId: string;

  @Column({ name: 'csrf_token', type: 'text' })
  csrfToken: string;

  @Column({ name: 'created_from', type: 'text' })
  createdFrom: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt: Date;
}

@Entity({ name: 'sign_in_failures' })
export class SignInFailureEntity {
  @PrimaryColumn({ type: 'bigint', generated: true })
  id: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text' })
  address: string;

  @Column({ type: 'timestamptz' })
  at: Date;
}
