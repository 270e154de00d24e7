/** Texts of dashboard, settings, users, keys, audit and account. */
export const managementEn = {
  'layout.newTraining': 'New training',
  'layout.images': 'Images',
  'layout.settings': 'Settings',
  'settings.training': 'Training',
  'settings.service': 'Service',
  'settings.users': 'Users',
  'settings.keys': 'API keys',
  'settings.audit': 'Audit',
  'settings.account': 'Your account',
} as const;

export type ManagementMessages = Readonly<Record<keyof typeof managementEn, string>>;
