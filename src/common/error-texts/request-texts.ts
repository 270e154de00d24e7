import type { Translations } from './translations.js';

/** Of errors about a request itself: its body, settings, paths and files. */
export const REQUEST_TEXTS = {
  BAD_REQUEST: [
    '無法理解此請求；請檢查內容的格式。',
    '无法理解此请求；请检查内容的格式。',
    'Không hiểu được yêu cầu; hãy kiểm tra định dạng nội dung.',
  ],
  NOT_FOUND: [
    '這個網址沒有任何內容；請檢查網址。',
    '这个网址没有任何内容；请检查网址。',
    'Không có gì ở địa chỉ này; hãy kiểm tra địa chỉ.',
  ],
  METHOD_NOT_ALLOWED: [
    '這個網址不支援此 HTTP 方法；請參閱 /docs 的說明。',
    '这个网址不支持此 HTTP 方法；请参阅 /docs 的说明。',
    'Địa chỉ này không hỗ trợ phương thức HTTP đã dùng; hãy xem /docs.',
  ],
  BODY_TOO_LARGE: [
    '請求內容超過 limits.bodyKiB 的上限；請分次傳送。',
    '请求内容超过 limits.bodyKiB 的上限；请分批发送。',
    'Nội dung yêu cầu vượt quá limits.bodyKiB; hãy gửi ít hơn mỗi lần.',
  ],
  UNSUPPORTED_MEDIA_TYPE: [
    '不支援此內容類型或字元編碼；請以 UTF-8 的 JSON 傳送。',
    '不支持此内容类型或字符编码；请以 UTF-8 的 JSON 发送。',
    'Không hỗ trợ kiểu nội dung hoặc bảng mã này; hãy gửi JSON ở dạng UTF-8.',
  ],
  RANGE_NOT_SATISFIABLE: [
    '要求的位元組範圍超出檔案；請從頭下載。',
    '请求的字节范围超出文件；请从头下载。',
    'Khoảng byte yêu cầu nằm ngoài tệp; hãy tải lại từ đầu.',
  ],
  INTERNAL: [
    '服務發生未預期的錯誤；請將 correlationId 告知 Polarline 的維護人員，記錄檔中有原因。',
    '服务发生意外错误；请将 correlationId 告知 Polarline 的维护人员，日志中有原因。',
    'Dịch vụ gặp lỗi ngoài dự kiến; hãy báo correlationId cho người phụ trách Polarline, nhật ký có nguyên nhân.',
  ],
  BODY_INVALID: [
    '請求內容不是預期的格式；請重新載入頁面，或傳送 JSON 物件。',
    '请求内容不是预期的格式；请重新加载页面，或发送 JSON 对象。',
    'Nội dung yêu cầu không đúng dạng; hãy tải lại trang hoặc gửi một đối tượng JSON.',
  ],
  TEXT_INVALID: [
    '文字含有 NUL 字元或損壞的 Unicode；請移除後再試。',
    '文本含有 NUL 字符或损坏的 Unicode；请移除后再试。',
    'Văn bản chứa ký tự NUL hoặc Unicode hỏng; hãy bỏ đi rồi thử lại.',
  ],
  CURSOR_INVALID: [
    'cursor 不是前一頁回傳的 next 值；請使用該值，或省略 cursor 從頭開始。',
    'cursor 不是上一页返回的 next 值；请使用该值，或省略 cursor 从头开始。',
    'cursor không phải giá trị next của trang trước; hãy dùng giá trị đó, hoặc bỏ cursor để bắt đầu lại từ đầu.',
  ],
  FIELD_EMPTY: ['有欄位未填寫；請輸入值。', '有字段未填写；请输入值。', 'Có ô còn trống; hãy nhập giá trị.'],
  CONFIG_INVALID: [
    '有些值不正確；請依詳細資料逐項修正。',
    '有些值不正确；请按详细信息逐项更正。',
    'Một số giá trị không đúng; hãy sửa từng mục theo phần chi tiết.',
  ],
  CONFIG_SYNTAX: [
    '設定檔不是有效的 YAML 或 JSON；請修正所示的行。',
    '配置文件不是有效的 YAML 或 JSON；请更正所示的行。',
    'Tệp cấu hình không phải YAML hoặc JSON hợp lệ; hãy sửa dòng được nêu.',
  ],
  CONFIG_UNREADABLE: [
    '無法讀取設定檔；請建立該檔案或指定另一個。',
    '无法读取配置文件；请创建该文件或指定另一个。',
    'Không đọc được tệp cấu hình; hãy tạo tệp hoặc chỉ định tệp khác.',
  ],
  CONFIG_REFERENCE_INVALID: [
    '設定檔中的 ${…} 參照格式不正確；請改為 ${NAME} 或 ${file:/路徑}。',
    '配置文件中的 ${…} 引用格式不正确；请改为 ${NAME} 或 ${file:/路径}。',
    'Tham chiếu ${…} trong tệp cấu hình không đúng dạng; hãy viết ${NAME} hoặc ${file:/đường-dẫn}.',
  ],
  CONFIG_VARIABLE_MISSING: [
    '設定檔所需的環境變數未設定；請設定該變數後再試。',
    '配置文件所需的环境变量未设置；请设置该变量后再试。',
    'Biến môi trường mà tệp cấu hình cần chưa được đặt; hãy đặt biến đó rồi thử lại.',
  ],
  CONFIG_FILE_REFERENCE_UNREADABLE: [
    '無法讀取設定檔所參照的檔案；請建立該檔案或修正路徑。',
    '无法读取配置文件所引用的文件；请创建该文件或更正路径。',
    'Không đọc được tệp mà cấu hình tham chiếu; hãy tạo tệp hoặc sửa đường dẫn.',
  ],
  OVERRIDE_INVALID: [
    '覆寫設定的格式不正確；請寫成 key.path=value，例如 training.maxEpochs=30。',
    '覆盖设置的格式不正确；请写成 key.path=value，例如 training.maxEpochs=30。',
    'Giá trị ghi đè không đúng dạng; hãy viết key.path=value, ví dụ training.maxEpochs=30.',
  ],
  CLEANUP_RUNNING: [
    '另一個程序正在清理；請稍後再試。',
    '另一个进程正在清理；请稍后再试。',
    'Một tiến trình khác đang dọn dẹp; hãy thử lại sau.',
  ],
  CHECKS_BUSY: [
    '目前有太多資料夾正在檢查；請等其中一個完成後再試。',
    '当前有太多文件夹正在检查；请等其中一个完成后再试。',
    'Đang kiểm tra quá nhiều thư mục; hãy đợi một lượt xong rồi thử lại.',
  ],
  IDEMPOTENCY_KEY_REUSED: [
    '此 Idempotency-Key 已用於另一個請求；請使用新的金鑰值。',
    '此 Idempotency-Key 已用于另一个请求；请使用新的键值。',
    'Idempotency-Key này đã dùng cho yêu cầu khác; hãy dùng giá trị mới.',
  ],
  LOCK_TIMEOUT: [
    '另一個程序占用所需的檔案鎖定；請等它完成，或停止該程序。',
    '另一个进程占用所需的文件锁；请等它完成，或停止该进程。',
    'Một tiến trình khác đang giữ khóa tệp; hãy đợi nó xong hoặc dừng nó.',
  ],
  FILE_IN_USE: [
    '{path} 正由其他程式使用，無法取代；請關閉開啟它的程式（例如 Excel 或防毒軟體），然後再試。',
    '{path} 正被其他程序使用，无法替换；请关闭打开它的程序（例如 Excel 或杀毒软件），然后再试。',
    '{path} đang mở trong chương trình khác nên không thay được; hãy đóng chương trình đó (như Excel, phần mềm diệt virus) rồi thử lại.',
  ],
  DISK_FULL: [
    '磁碟空間不足；請釋放空間或改用其他磁碟上的資料夾，然後再試。',
    '磁盘空间不足；请释放空间或改用其他磁盘上的文件夹，然后再试。',
    'Ổ đĩa không đủ chỗ trống; hãy giải phóng dung lượng hoặc chọn thư mục trên ổ khác rồi thử lại.',
  ],
  PATH_OUTSIDE: [
    '路徑超出允許的資料夾；請使用資料夾內的相對路徑，勿含「..」或磁碟機代號。',
    '路径超出允许的文件夹；请使用文件夹内的相对路径，不要含“..”或盘符。',
    'Đường dẫn nằm ngoài thư mục; hãy dùng đường dẫn tương đối bên trong, không có ".." hay ký tự ổ đĩa.',
  ],
  PATH_NOT_ALLOWED: [
    '路徑不在 server.allowedInputRoots 允許的資料夾之下；請搬移資料，或請管理員允許該資料夾。',
    '路径不在 server.allowedInputRoots 允许的文件夹之下；请移动数据，或让管理员允许该文件夹。',
    'Đường dẫn không nằm trong server.allowedInputRoots; hãy chuyển dữ liệu hoặc nhờ quản trị viên cho phép thư mục đó.',
  ],
  PATH_MISSING: ['路徑不存在；請更正路徑。', '路径不存在；请更正路径。', 'Đường dẫn không tồn tại; hãy sửa lại.'],
  PATH_INVALID: [
    '路徑含有不允許的字元；請更正路徑。',
    '路径含有不允许的字符；请更正路径。',
    'Đường dẫn chứa ký tự không được phép; hãy sửa lại.',
  ],
  NOT_AN_IMAGE: [
    '這個檔案不是影像；請選擇 jpg、jpeg、png 或 bmp 檔。',
    '这个文件不是图像；请选择 jpg、jpeg、png 或 bmp 文件。',
    'Tệp này không phải ảnh; hãy chọn tệp jpg, jpeg, png hoặc bmp.',
  ],
  FOLDER_UNREADABLE: [
    '無法讀取資料夾；請確認路徑與讀取權限。',
    '无法读取文件夹；请检查路径和读取权限。',
    'Không đọc được thư mục; hãy kiểm tra đường dẫn và quyền đọc.',
  ],
} as const satisfies Record<string, Translations>;
