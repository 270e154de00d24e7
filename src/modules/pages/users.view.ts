import type { UserDto } from '../auth/user.service.js';
import { ROLES, type Role } from '../auth/roles.js';
import { field, type FormBody } from './forms.js';
import type { I18n } from './i18n/index.js';
import type { ProblemView } from './problem.view.js';

type View = { readonly title: string } & Record<string, unknown>;

export interface UsersState {
  readonly notice: string | null;
  readonly problem?: ProblemView;
  /** What a refused form held. */
  readonly sent?: FormBody;
}

export function roleChoices(chosen: string, i18n: I18n): object[] {
  return ROLES.map((role) => ({ role, text: i18n.t(`role.${role}`), selected: role === chosen }));
}

/** Sites and lines somebody is limited to, in words. */
export function scopeText(
  { sites, lines }: { readonly sites: readonly string[] | null; readonly lines: readonly string[] | null },
  i18n: I18n,
): string {
  const parts = [sites?.join(', '), lines?.join(', ')].filter((part) => part !== undefined);
  return parts.length === 0 ? i18n.t('users.everything') : parts.join(' · ');
}

/** View of views/users.hbs. */
export function usersView(
  users: readonly UserDto[],
  minimumPasswordLength: number,
  i18n: I18n,
  state: UsersState,
): View {
  const first = users.length === 0;
  const role = field(state.sent, 'role') || (first ? 'admin' : ('operator' satisfies Role));
  return {
    title: i18n.t('settings.users'),
    notice: state.notice,
    problem: state.problem,
    first,
    users: users.map((user) => ({
      name: user.name,
      url: `/settings/users/${encodeURIComponent(user.name)}`,
      role: i18n.t(`role.${user.role}`),
      scope: scopeText(user, i18n),
      disabled: user.disabled,
      added: i18n.t('users.addedBy', { at: i18n.dateTime(user.created_at), by: user.created_by }),
    })),
    form: {
      name: field(state.sent, 'name'),
      sites: field(state.sent, 'sites'),
      lines: field(state.sent, 'lines'),
      open: first || state.problem !== undefined,
      roles: roleChoices(role, i18n),
      minimumPasswordLength,
    },
    roleHelp: ROLES.map((name) => ({ name: i18n.t(`role.${name}`), text: i18n.t(`role.${name}May`) })),
  };
}

/** View of views/user.hbs. */
export function userView(user: UserDto, minimumPasswordLength: number, i18n: I18n, state: UsersState): View {
  return {
    title: user.name,
    notice: state.notice,
    problem: state.problem,
    name: user.name,
    url: `/settings/users/${encodeURIComponent(user.name)}`,
    added: i18n.t('users.addedBy', { at: i18n.dateTime(user.created_at), by: user.created_by }),
    disabled: user.disabled,
    disableAsk: i18n.t('users.disableAsk', { name: user.name }),
    roles: roleChoices(field(state.sent, 'role') || user.role, i18n),
    sites: user.sites?.join(', ') ?? '',
    lines: user.lines?.join(', ') ?? '',
    minimumPasswordLength,
  };
}
