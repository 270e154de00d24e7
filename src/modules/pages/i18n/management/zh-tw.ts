import type { ManagementMessages } from './en.js';

export const managementZhTw: ManagementMessages = {
  'layout.newTraining': '新訓練',
  'layout.images': '影像',
  'layout.settings': '設定',
  'settings.training': '訓練',
  'settings.service': '服務',
  'settings.users': '使用者',
  'settings.keys': 'API 金鑰',
  'settings.audit': '稽核紀錄',
  'settings.account': '您的帳號',
};
