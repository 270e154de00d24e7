import type { ManagementMessages } from './en.js';

export const managementZhCn: ManagementMessages = {
  'layout.newTraining': '新训练',
  'layout.images': '图像',
  'layout.settings': '设置',
  'settings.training': '训练',
  'settings.service': '服务',
  'settings.users': '用户',
  'settings.keys': 'API 密钥',
  'settings.audit': '审计记录',
  'settings.account': '您的账号',
};
