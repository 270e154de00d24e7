import type { ManagementMessages } from './en.js';

export const managementVi: ManagementMessages = {
  'layout.newTraining': 'Huấn luyện mới',
  'layout.images': 'Hình ảnh',
  'layout.settings': 'Cài đặt',
  'settings.training': 'Huấn luyện',
  'settings.service': 'Dịch vụ',
  'settings.users': 'Người dùng',
  'settings.keys': 'Khóa API',
  'settings.audit': 'Nhật ký kiểm tra',
  'settings.account': 'Tài khoản của bạn',
};
