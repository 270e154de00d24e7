import type { Translations } from './translations.js';

/** Of errors about who may do what: sign-in, keys, users, other sites. */
export const ACCESS_TEXTS = {
  OUT_OF_SCOPE: [
    '您沒有此廠區或產線的權限；請管理員擴充您的帳號或金鑰的範圍。',
    '您没有此厂区或产线的权限；请让管理员扩大您的账号或密钥的范围。',
    'Bạn không được phép dùng nhà máy hoặc chuyền này; hãy nhờ quản trị viên mở rộng quyền cho tài khoản hoặc khóa của bạn.',
  ],
  SIGN_IN_REQUIRED: [
    '需要登入；請先登入，或以 Authorization: Bearer <金鑰> 傳送 API 金鑰。',
    '需要登录；请先登录，或以 Authorization: Bearer <密钥> 发送 API 密钥。',
    'Cần đăng nhập; hãy đăng nhập hoặc gửi khóa API bằng Authorization: Bearer <khóa>.',
  ],
  ROLE_TOO_LOW: [
    '您的角色權限不足以執行此操作；請洽管理員。',
    '您的角色权限不足以执行此操作；请联系管理员。',
    'Vai trò của bạn không đủ quyền cho việc này; hãy liên hệ quản trị viên.',
  ],
  CSRF_TOKEN_WRONG: [
    '表單來自較舊的頁面或另一個登入階段；請重新載入頁面後再試一次。',
    '表单来自较旧的页面或另一个会话；请重新加载页面后再试一次。',
    'Biểu mẫu đến từ trang cũ hoặc phiên khác; hãy tải lại trang rồi thử lại.',
  ],
  KEY_REFUSED: [
    'API 金鑰不明、已撤銷或已過期；請使用有效的金鑰。',
    'API 密钥未知、已撤销或已过期；请使用有效的密钥。',
    'Khóa API không rõ, đã bị thu hồi hoặc đã hết hạn; hãy dùng khóa còn hiệu lực.',
  ],
  KEY_EXPIRED: [
    '金鑰的到期時間已經過去；請指定未來的時間。',
    '密钥的到期时间已经过去；请指定将来的时间。',
    'Thời điểm hết hạn của khóa đã qua; hãy chọn thời điểm trong tương lai.',
  ],
  KEY_EXISTS: [
    '已有同名的金鑰；請先撤銷該金鑰，或換一個名稱。',
    '已有同名的密钥；请先撤销该密钥，或换一个名称。',
    'Đã có khóa cùng tên; hãy thu hồi khóa đó hoặc chọn tên khác.',
  ],
  KEY_UNKNOWN: [
    '找不到這個金鑰；請重新整理金鑰清單。',
    '找不到这个密钥；请刷新密钥列表。',
    'Không có khóa này; hãy tải lại danh sách khóa.',
  ],
  KEY_NAME_INVALID: [
    '金鑰名稱只能使用字母、數字、空格與 . _ @ -，最多 64 個字元；請更改名稱。',
    '密钥名称只能使用字母、数字、空格和 . _ @ -，最多 64 个字符；请更改名称。',
    'Tên khóa chỉ gồm chữ cái, chữ số, dấu cách và . _ @ -, tối đa 64 ký tự; hãy đổi tên.',
  ],
  RATE_LIMITED: [
    '每分鐘的請求次數超過上限；請稍後再試。',
    '每分钟的请求次数超过上限；请稍后再试。',
    'Số yêu cầu mỗi phút vượt quá giới hạn; hãy thử lại sau.',
  ],
  SIGN_IN_FAILED: [
    '名稱或密碼錯誤；請再試一次。',
    '名称或密码错误；请再试一次。',
    'Tên hoặc mật khẩu sai; hãy thử lại.',
  ],
  TOO_MANY_ATTEMPTS: [
    '登入失敗次數過多；請等待 15 分鐘後再試。',
    '登录失败次数过多；请等待 15 分钟后再试。',
    'Đăng nhập sai quá nhiều lần; hãy đợi 15 phút rồi thử lại.',
  ],
  LAST_ADMIN: [
    '{name} 是最後一位管理員；請先新增另一位。',
    '{name} 是最后一位管理员；请先新增另一位。',
    '{name} là quản trị viên cuối cùng; hãy tạo người khác trước.',
  ],
  ADMIN_FIRST: [
    '第一位使用者必須是管理員，否則無人能新增其他人。',
    '第一位用户必须是管理员，否则无人能新增其他人。',
    'Người dùng đầu tiên phải là quản trị viên; nếu không thì không ai thêm được người khác.',
  ],
  PASSWORD_TOO_SHORT: [
    '密碼需要 {minimum} 至 1024 個字元；目前為 {length} 個。',
    '密码需要 {minimum} 至 1024 个字符；目前为 {length} 个。',
    'Mật khẩu cần từ {minimum} đến 1024 ký tự; mật khẩu này có {length}.',
  ],
  PASSWORD_GUESSABLE: [
    '密碼不可由名稱組成；請換一個密碼。',
    '密码不可由名称组成；请换一个密码。',
    'Mật khẩu không được tạo từ tên; hãy chọn mật khẩu khác.',
  ],
  PASSWORD_WRONG: [
    '目前密碼不正確；未做任何更改。',
    '当前密码不正确；未做任何更改。',
    'Mật khẩu hiện tại sai; không có gì được đổi.',
  ],
  PASSWORDS_DIFFER: [
    '兩次輸入的新密碼不一致；請重新輸入。',
    '两次输入的新密码不一致；请重新输入。',
    'Hai lần nhập mật khẩu mới không giống nhau; hãy nhập lại.',
  ],
  USER_EXISTS: [
    '使用者 {name} 已存在；請換一個名稱。',
    '用户 {name} 已存在；请换一个名称。',
    'Đã có người dùng {name}; hãy chọn tên khác.',
  ],
  USER_UNKNOWN: [
    '找不到這位使用者；請確認名稱。',
    '找不到这位用户；请确认名称。',
    'Không có người dùng này; hãy kiểm tra tên.',
  ],
  USER_NAME_INVALID: [
    '使用者名稱只能使用字母、數字與 . _ @ -，最多 64 個字元；請更改名稱。',
    '用户名只能使用字母、数字和 . _ @ -，最多 64 个字符；请更改名称。',
    'Tên người dùng chỉ gồm chữ cái, chữ số và . _ @ -, tối đa 64 ký tự; hãy đổi tên.',
  ],
  ROLE_UNKNOWN: [
    '沒有這個角色；請從清單中選擇。',
    '没有这个角色；请从列表中选择。',
    'Không có vai trò này; hãy chọn trong danh sách.',
  ],
  NO_ACCOUNT: [
    'API 金鑰沒有密碼；請以使用者帳號登入。',
    'API 密钥没有密码；请以用户账号登录。',
    'Khóa API không có mật khẩu; hãy đăng nhập bằng tài khoản người dùng.',
  ],
  CROSS_SITE: [
    '此變更來自其他網站，已被拒絕；請在 Polarline 的頁面上操作。',
    '此更改来自其他网站，已被拒绝；请在 Polarline 的页面上操作。',
    'Thay đổi này đến từ trang web khác nên bị từ chối; hãy thao tác trên trang của Polarline.',
  ],
  HOST_FOREIGN: [
    '不接受以此主機名稱連線；請使用 127.0.0.1、localhost 或 server.publicUrl 的位址。',
    '不接受以此主机名连接；请使用 127.0.0.1、localhost 或 server.publicUrl 的地址。',
    'Không chấp nhận tên máy chủ này; hãy dùng 127.0.0.1, localhost hoặc địa chỉ trong server.publicUrl.',
  ],
  LANGUAGE_UNKNOWN: [
    '不支援這個語言；請從清單中選擇。',
    '不支持这种语言；请从列表中选择。',
    'Ngôn ngữ này không được hỗ trợ; hãy chọn trong danh sách.',
  ],
  DATE_INVALID: [
    '日期格式不正確；請輸入如 2027-01-31 的日期。',
    '日期格式不正确；请输入如 2027-01-31 的日期。',
    'Ngày không đúng định dạng; hãy nhập ngày như 2027-01-31.',
  ],
  SETTINGS_CHANGED: [
    '{by} 已在此期間儲存第 {version} 版；請確認您的值後再次儲存。',
    '{by} 已在此期间保存第 {version} 版；请确认您的值后再次保存。',
    'Trong lúc đó {by} đã lưu phiên bản {version}; hãy xem lại các giá trị của bạn và lưu lần nữa.',
  ],
  VERSION_UNKNOWN: [
    '沒有這個設定版本；請從歷史記錄中選擇。',
    '没有这个设置版本；请从历史记录中选择。',
    'Không có phiên bản cài đặt này; hãy chọn trong lịch sử.',
  ],
} as const satisfies Record<string, Translations>;
