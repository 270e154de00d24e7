import { AppError, ContextSlot } from '../../common/index.js';
import type { Role } from './roles.js';

/** Sites and lines that somebody may see; null is all of them. */
export interface AccessScope {
  readonly sites: readonly string[] | null;
  readonly lines: readonly string[] | null;
}

/** Who a request comes from, as far as it matters below the controllers. */
export interface RequestIdentity extends AccessScope {
  readonly name: string;
  readonly role: Role;
  /** For the forms of pages; null where no session is involved. */
  readonly csrfToken: string | null;
}

const identities = new ContextSlot<RequestIdentity>();
const EVERYTHING: AccessScope = { sites: null, lines: null };

export function withIdentity<T>(identity: RequestIdentity, action: () => T): T {
  return identities.run(identity, action);
}

/** Null outside of requests: in workers and at the terminal. */
export function currentIdentity(): RequestIdentity | null {
  return identities.get() ?? null;
}

/** What the present request may see; everything outside of requests. */
export function currentScope(): AccessScope {
  return identities.get() ?? EVERYTHING;
}

export function isInScope(place: { readonly site: string; readonly lineId: string }, scope = currentScope()): boolean {
  return (scope.sites?.includes(place.site) ?? true) && (scope.lines?.includes(place.lineId) ?? true);
}

/** @throws AppError `OUT_OF_SCOPE` (forbidden) */
export function assertInScope(place: { readonly site: string; readonly lineId: string }): void {
  if (isInScope(place)) return;
  throw new AppError(
    'forbidden',
    'OUT_OF_SCOPE',
    `Expected a site and line that you may use, got ${place.site} ${place.lineId}; ask an admin to extend your account or key.`,
    { site: place.site, lineId: place.lineId },
  );
}
