import type { Command } from 'commander';
import { badInput } from '../../common/index.js';
// The names alone, without the service around them: this file is loaded for --help too.
import { ROLES, type Role } from '../../modules/auth/roles.js';
import { readPassword } from '../password.js';
import { collect, type CommandContext, type CommandSpec } from '../program.js';
import { withSession } from '../session.js';

interface UserOptions {
  readonly role?: string;
  readonly site?: readonly string[];
  readonly lineId?: readonly string[];
  readonly password?: boolean;
}

const USER_ACTIONS = ['add', 'change', 'disable', 'enable', 'list'] as const;
const KEY_ACTIONS = ['add', 'revoke', 'list'] as const;

/** `polarline user …`: people who may sign in on the pages. */
export const userCommand: CommandSpec = {
  name: 'user',
  define: (command: Command) =>
    command
      .description('people who may sign in; the first one is an admin, and from then on everybody has to')
      .argument('<action>', USER_ACTIONS.join(', '))
      .argument('[name]', 'name of the user')
      .option('--role <role>', ROLES.join(', '))
      .option('--site <site>', 'may see only this site; may be repeated', collect)
      .option('--line-id <line>', 'may see only this line; may be repeated', collect)
      .option('--password', 'with change: ask for a new password')
      .addHelpText(
        'after',
        '\nThe password is asked for, or read from standard input when that is no terminal.\n\nExample:\n  $ polarline user add ann --role admin',
      ),
  run: async (options: UserOptions, [given, name]: readonly string[], context: CommandContext) => {
    const action = oneOf(given, USER_ACTIONS, 'action');
    const role = options.role === undefined ? undefined : oneOf(options.role, ROLES, '--role');
    const scope = { sites: options.site, lines: options.lineId };
    await withSession({ works: false }, context, async ({ users, actor }) => {
      const { output } = context;
      if (action === 'list') {
        const all = await users.list();
        output.document({ users: all });
        output.table([
          ['NAME', 'ROLE', 'SITES', 'LINES', ''],
          ...all.map((user) => [
            user.name,
            user.role,
            few(user.sites),
            few(user.lines),
            user.disabled ? 'disabled' : '',
          ]),
        ]);
        return;
      }
      const who = required(name, 'the name of the user');
      if (action === 'add') {
        const password = await readPassword(`Password of ${who}: `);
        const added = await users.add({ name: who, role: requiredRole(role), password, ...scope }, actor);
        output.document(added);
        output.line(`Added ${added.name} as ${added.role}.`);
        return;
      }
      const password = options.password === true ? await readPassword(`New password of ${who}: `) : undefined;
      const disabled = action === 'disable' ? true : action === 'enable' ? false : undefined;
      const changed = await users.change(who, { role, disabled, password, ...scope }, actor);
      output.document(changed);
      output.line(`${changed.name} is ${changed.role}${changed.disabled ? ', disabled' : ''}.`);
    });
  },
};

interface KeyOptions {
  readonly role?: string;
  readonly site?: readonly string[];
  readonly lineId?: readonly string[];
  readonly expires?: string;
}

/** `polarline key …`: keys of programs such as the MES. */
export const keyCommand: CommandSpec = {
  name: 'key',
  define: (command: Command) =>
    command
      .description('keys for programs that call the API')
      .argument('<action>', KEY_ACTIONS.join(', '))
      .argument('[name]', 'name of the key; with revoke its id')
      .option('--role <role>', ROLES.join(', '))
      .option('--site <site>', 'may see only this site; may be repeated', collect)
      .option('--line-id <line>', 'may see only this line; may be repeated', collect)
      .option('--expires <date>', 'day it ends, such as 2027-01-31')
      .addHelpText('after', '\nExample:\n  $ polarline key add mes --role engineer --site HPH'),
  run: async (options: KeyOptions, [given, name]: readonly string[], context: CommandContext) => {
    const action = oneOf(given, KEY_ACTIONS, 'action');
    const role = options.role === undefined ? undefined : oneOf(options.role, ROLES, '--role');
    const expiresAt = options.expires === undefined ? null : day(options.expires);
    await withSession({ works: false }, context, async ({ keys, actor }) => {
      const { output } = context;
      if (action === 'list') {
        const all = await keys.list();
        output.document({ keys: all });
        output.table([
          ['NAME', 'ROLE', 'BEGINS', 'SITES', 'ENDS', 'ID'],
          ...all.map((key) => [
            key.name,
            key.role,
            key.hint,
            few(key.sites),
            key.revoked_at === null ? (key.expires_at ?? 'never') : 'revoked',
            key.id,
          ]),
        ]);
        return;
      }
      const what = required(name, action === 'add' ? 'the name of the key' : 'the id of the key');
      if (action === 'revoke') {
        const revoked = await keys.revoke(what, actor);
        output.document(revoked);
        output.line(`Revoked ${revoked.name}.`);
        return;
      }
      const spec = { name: what, role: requiredRole(role), sites: options.site, lines: options.lineId, expiresAt };
      const added = await keys.add(spec, actor);
      output.document(added);
      output.line(`${added.key}\n\nKeep it now: it is not shown again.`);
    });
  },
};

function oneOf<T extends string>(given: string | undefined, known: readonly T[], what: string): T {
  const found = known.find((one) => one === given);
  if (found !== undefined) return found;
  throw badInput('CHOICE_INVALID', `${what}: expected one of ${known.join(', ')}, got ${given ?? 'nothing'}.`);
}

function required(given: string | undefined, what: string): string {
  if (given !== undefined) return given;
  throw badInput('ARGUMENT_MISSING', `Expected ${what}, got nothing; see --help.`);
}

function requiredRole(role: Role | undefined): Role {
  return role ?? oneOf<Role>(undefined, ROLES, '--role');
}

function day(text: string): Date {
  const date = new Date(`${text}T23:59:59`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw badInput('DATE_INVALID', `--expires: expected a day such as 2027-01-31, got ${text}.`);
}

function few(names: readonly string[] | null): string {
  return names === null ? 'all' : names.join(', ');
}
