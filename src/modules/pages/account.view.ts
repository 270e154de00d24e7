import type { RequestIdentity } from '../auth/access-scope.js';
import type { I18n } from './i18n/index.js';
import type { ProblemView } from './problem.view.js';
import { scopeText } from './users.view.js';

/** View of views/account.hbs. */
export function accountView(
  identity: RequestIdentity,
  minimumPasswordLength: number,
  i18n: I18n,
  state: { readonly notice: string | null; readonly problem?: ProblemView },
): { readonly title: string } & Record<string, unknown> {
  return {
    title: i18n.t('settings.account'),
    ...state,
    name: identity.name.replace(/^user:/, ''),
    role: i18n.t(`role.${identity.role}`),
    may: i18n.t(`role.${identity.role}May`),
    scope: scopeText(identity, i18n),
    signedIn: identity.csrfToken !== null,
    minimumPasswordLength,
  };
}
