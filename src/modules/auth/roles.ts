import { AppError } from '../../common/index.js';

/** Each role may do all that those before it may. */
export const ROLES = ['viewer', 'operator', 'engineer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export function roleCovers(held: Role, needed: Role): boolean {
  return ROLES.indexOf(held) >= ROLES.indexOf(needed);
}

/** @throws AppError `ROLE_TOO_LOW` (forbidden) */
export function assertRole(held: Role, needed: Role): void {
  if (roleCovers(held, needed)) return;
  throw new AppError('forbidden', 'ROLE_TOO_LOW', `Expected role ${needed} or higher, got ${held}; ask an admin.`, {
    needed,
    role: held,
  });
}
