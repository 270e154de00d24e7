import type { KeyDto } from '../auth/key.service.js';
import { field, type FormBody } from './forms.js';
import type { I18n } from './i18n/index.js';
import type { ProblemView } from './problem.view.js';
import { roleChoices, scopeText } from './users.view.js';

export interface KeysState {
  readonly notice: string | null;
  readonly problem?: ProblemView;
  readonly sent?: FormBody;
  /** A key just made: the only time that it is shown. */
  readonly made?: { readonly name: string; readonly key: string };
}

/** View of views/keys.hbs. */
export function keysView(
  keys: readonly KeyDto[],
  now: Date,
  i18n: I18n,
  state: KeysState,
): { readonly title: string } & Record<string, unknown> {
  return {
    title: i18n.t('settings.keys'),
    scripts: ['keys.js'],
    notice: state.notice,
    problem: state.problem,
    made: state.made,
    keys: keys.map((key) => ({
      id: key.id,
      name: key.name,
      hint: `${key.hint}…`,
      role: i18n.t(`role.${key.role}`),
      scope: scopeText(key, i18n),
      state: keyState(key, now, i18n),
      expires: key.expires_at === null ? i18n.t('keys.never') : i18n.dateTime(key.expires_at),
      used: key.last_used_at === null ? i18n.t('keys.unused') : i18n.dateTime(key.last_used_at),
      added: i18n.t('users.addedBy', { at: i18n.dateTime(key.created_at), by: key.created_by }),
      revokeAsk: key.revoked_at === null ? i18n.t('keys.revokeAsk', { name: key.name }) : null,
    })),
    form: {
      name: field(state.sent, 'name'),
      sites: field(state.sent, 'sites'),
      lines: field(state.sent, 'lines'),
      expires: field(state.sent, 'expires'),
      open: state.problem !== undefined || keys.length === 0,
      roles: roleChoices(field(state.sent, 'role') || 'viewer', i18n),
    },
  };
}

function keyState(key: KeyDto, now: Date, i18n: I18n): { name: string; text: string } {
  const name =
    key.revoked_at !== null
      ? 'revoked'
      : key.expires_at !== null && new Date(key.expires_at) <= now
        ? 'expired'
        : 'valid';
  return { name, text: i18n.t(`keys.${name}`) };
}
