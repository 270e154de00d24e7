/**
 * English for pages, where the message of the error speaks to programs (`password: expected …`). These texts say all
 * there is to say; the message beside them would only repeat it.
 */
export const PLAIN_ENGLISH = {
  USER_EXISTS: 'There is a user {name} already; choose another name.',
  LAST_ADMIN: '{name} is the last admin; make another one first.',
  ADMIN_FIRST: 'The first user must be an admin; without one nobody could add others.',
  PASSWORD_TOO_SHORT: 'The password needs at least {minimum} characters; this one has {length}.',
  PASSWORD_GUESSABLE: 'The password must not be made of the name.',
  PASSWORD_WRONG: 'The present password is wrong; nothing was changed.',
  PASSWORDS_DIFFER: 'The new password was typed differently the second time.',
  SIGN_IN_FAILED: 'Name or password is wrong; try again.',
  SETTINGS_CHANGED: '{by} has saved version {version} meanwhile. Look at your values and save again.',
  NOT_FOUND: 'No page has this address.',
  CSRF_TOKEN_WRONG: 'The form came from an older page or another session.',
} as const;
