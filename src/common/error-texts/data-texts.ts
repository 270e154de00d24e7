import type { Translations } from './translations.js';

/** Of errors about what comes in: folders, metadata, databases, SSH, archives and the data set. */
export const DATA_TEXTS = {
  INPUT_FOLDER_MISSING: [
    '輸入資料夾不存在；請更正路徑，並指定內含 OK/ 的資料夾。',
    '输入文件夹不存在；请更正路径，并指定内含 OK/ 的文件夹。',
    'Thư mục đầu vào không tồn tại; hãy sửa đường dẫn và chọn thư mục có OK/ bên trong.',
  ],
  INPUT_NOT_A_FOLDER: [
    '輸入路徑是檔案而非資料夾；請指定內含 OK/ 的資料夾。',
    '输入路径是文件而不是文件夹；请指定内含 OK/ 的文件夹。',
    'Đường dẫn đầu vào là tệp, không phải thư mục; hãy chọn thư mục có OK/ bên trong.',
  ],
  INPUT_UNREADABLE: [
    '沒有讀取輸入資料夾的權限；請授予讀取權限。',
    '没有读取输入文件夹的权限；请授予读取权限。',
    'Không có quyền đọc thư mục đầu vào; hãy cấp quyền đọc.',
  ],
  INPUT_READ_FAILED: [
    '讀取輸入資料夾時發生錯誤；請檢查磁碟或網路磁碟機後再試。',
    '读取输入文件夹时发生错误；请检查磁盘或网络驱动器后再试。',
    'Lỗi khi đọc thư mục đầu vào; hãy kiểm tra ổ đĩa hoặc ổ mạng rồi thử lại.',
  ],
  INPUT_WITHOUT_OK: [
    '輸入資料夾中沒有 OK/；請將良品影像放入 OK/。',
    '输入文件夹中没有 OK/；请将良品图像放入 OK/。',
    'Thư mục đầu vào không có OK/; hãy đặt ảnh hàng tốt vào OK/.',
  ],
  INPUT_EMPTY: [
    '資料夾中沒有影像；請放入良品影像後再試。',
    '文件夹中没有图像；请放入良品图像后再试。',
    'Thư mục không có ảnh nào; hãy thêm ảnh hàng tốt rồi thử lại.',
  ],
  INPUT_LINK_OUTSIDE: [
    '輸入資料夾中有損壞或指向外部的連結；請直接指定實際的資料夾。',
    '输入文件夹中有损坏或指向外部的链接；请直接指定实际的文件夹。',
    'Trong thư mục đầu vào có liên kết hỏng hoặc dẫn ra ngoài; hãy chỉ định thư mục thật.',
  ],
  INPUT_CHANGED: [
    '輸入影像 {path} 在讀取後被移走；請確認沒有人員或程式搬動資料夾中的影像，再重試任務，系統會重新讀取資料夾。',
    '输入图像 {path} 在读取后被移走；请确保没有人员或程序移动文件夹中的图像，再重试任务，系统会重新读取文件夹。',
    'Ảnh đầu vào {path} đã bị chuyển đi sau khi được đọc; hãy bảo đảm không ai di chuyển ảnh trong thư mục rồi thử lại tác vụ: thư mục sẽ được đọc lại.',
  ],
  NO_READABLE_IMAGE: [
    '沒有可用的影像；請檢查檔名格式與影像檔是否完好。',
    '没有可用的图像；请检查文件名格式与图像文件是否完好。',
    'Không có ảnh nào dùng được; hãy kiểm tra cách đặt tên tệp và xem tệp ảnh có còn nguyên vẹn không.',
  ],
  NO_GOOD_IMAGE: [
    '沒有可用的良品影像，只有 NG 影像；請在 OK/ 中放入良品影像。',
    '没有可用的良品图像，只有 NG 图像；请在 OK/ 中放入良品图像。',
    'Không có ảnh hàng tốt dùng được, chỉ có ảnh NG; hãy thêm ảnh hàng tốt vào OK/.',
  ],
  NO_ROW_MATCHES: [
    '中繼資料中找不到任何影像的紀錄；請檢查廠區與產線是否正確。',
    '元数据中找不到任何图像的记录；请检查厂区和产线是否正确。',
    'Siêu dữ liệu không có dòng nào cho các ảnh này; hãy kiểm tra nhà máy và chuyền.',
  ],
  IMAGE_UNREADABLE: [
    '有影像無法讀取；請移除或更換該檔案。',
    '有图像无法读取；请移除或更换该文件。',
    'Có ảnh không đọc được; hãy bỏ hoặc thay tệp đó.',
  ],
  METADATA_CSV_UNREADABLE: [
    '無法讀取中繼資料 CSV 檔；請更正路徑。',
    '无法读取元数据 CSV 文件；请更正路径。',
    'Không đọc được tệp CSV siêu dữ liệu; hãy sửa đường dẫn.',
  ],
  METADATA_CSV_COLUMNS: [
    '中繼資料 CSV 檔缺少必要的欄位；請連同欄位名稱重新匯出。',
    '元数据 CSV 文件缺少必要的列；请连同列名重新导出。',
    'Tệp CSV siêu dữ liệu thiếu cột cần thiết; hãy xuất lại kèm tên cột.',
  ],
  METADATA_CSV_INVALID: [
    '中繼資料檔不是有效的 CSV；請重新匯出。',
    '元数据文件不是有效的 CSV；请重新导出。',
    'Tệp siêu dữ liệu không phải CSV hợp lệ; hãy xuất lại.',
  ],
  KNOWN_HOSTS_UNREADABLE: [
    '無法讀取 known_hosts 檔；請修正 ssh.knownHosts。',
    '无法读取 known_hosts 文件；请更正 ssh.knownHosts。',
    'Không đọc được tệp known_hosts; hãy sửa ssh.knownHosts.',
  ],
  DATABASE_LOGIN_REFUSED: [
    '資料庫拒絕登入；請更正設定中的使用者與密碼。',
    '数据库拒绝登录；请更正配置中的用户和密码。',
    'Cơ sở dữ liệu từ chối đăng nhập; hãy sửa người dùng và mật khẩu trong cấu hình.',
  ],
  DATABASE_MISSING: [
    '找不到指定的資料庫；請更正名稱或建立該資料庫。',
    '找不到指定的数据库；请更正名称或创建该数据库。',
    'Không có cơ sở dữ liệu đã chỉ định; hãy sửa tên hoặc tạo nó.',
  ],
  TABLE_MISSING: [
    '資料庫中沒有所需的資料表；請更正 schema 與資料表名稱。',
    '数据库中没有所需的表；请更正 schema 和表名。',
    'Cơ sở dữ liệu không có bảng cần dùng; hãy sửa tên schema và bảng.',
  ],
  COLUMN_MISSING: [
    '資料表缺少所需的欄位；請確認其為 amr_raw_data 的結構。',
    '数据表缺少所需的列；请确认其为 amr_raw_data 的结构。',
    'Bảng thiếu cột cần dùng; hãy kiểm tra rằng nó có cấu trúc của amr_raw_data.',
  ],
  DATABASE_FORBIDDEN: [
    '資料庫使用者沒有讀取權限；請授予 SELECT 權限。',
    '数据库用户没有读取权限；请授予 SELECT 权限。',
    'Người dùng cơ sở dữ liệu không có quyền đọc; hãy cấp quyền SELECT.',
  ],
  DATABASE_UNREACHABLE: [
    '無法連上資料庫；請確認資料庫正在執行，且主機與連接埠正確。',
    '无法连接数据库；请确认数据库正在运行，且主机和端口正确。',
    'Không kết nối được cơ sở dữ liệu; hãy kiểm tra rằng nó đang chạy và máy chủ, cổng là đúng.',
  ],
  DATABASE_FAILED: [
    '資料庫回報錯誤；請稍後再試，若持續發生請通知維護人員。',
    '数据库报告错误；请稍后再试，如持续发生请通知维护人员。',
    'Cơ sở dữ liệu báo lỗi; hãy thử lại sau, nếu vẫn lỗi hãy báo người phụ trách.',
  ],
  QUEUE_UNREACHABLE: [
    '工作佇列沒有回應；請確認其服務正在執行且設定正確。',
    '任务队列没有响应；请确认其服务正在运行且配置正确。',
    'Hàng đợi công việc không trả lời; hãy kiểm tra rằng dịch vụ đang chạy và cấu hình là đúng.',
  ],
  SSH_HOST_KEY_MISMATCH: [
    'SSH 伺服器的主機金鑰與設定不符，未傳送任何資料；請確認伺服器身分後再更正 hostKeyFingerprint 或 knownHosts。',
    'SSH 服务器的主机密钥与配置不符，未发送任何数据；请确认服务器身份后再更正 hostKeyFingerprint 或 knownHosts。',
    'Khóa máy chủ SSH không khớp cấu hình, chưa gửi gì cả; hãy xác minh máy chủ rồi mới sửa hostKeyFingerprint hoặc knownHosts.',
  ],
  SSH_LOGIN_REFUSED: [
    'SSH 伺服器拒絕登入；請更正使用者、密碼或 privateKey。',
    'SSH 服务器拒绝登录；请更正用户、密码或 privateKey。',
    'Máy chủ SSH từ chối đăng nhập; hãy sửa người dùng, mật khẩu hoặc privateKey.',
  ],
  SSH_KEY_UNREADABLE: [
    '無法使用 SSH 私密金鑰；請更正 privateKey 或其密碼片語（passphrase）。',
    '无法使用 SSH 私钥；请更正 privateKey 或其密码短语（passphrase）。',
    'Không dùng được khóa riêng SSH; hãy sửa privateKey hoặc passphrase.',
  ],
  SSH_UNREACHABLE: [
    '無法連上 SSH 伺服器；請檢查主機、連接埠與網路。',
    '无法连接 SSH 服务器；请检查主机、端口和网络。',
    'Không kết nối được máy chủ SSH; hãy kiểm tra máy chủ, cổng và mạng.',
  ],
  SSH_FORWARD_FAILED: [
    'SSH 伺服器無法轉送到目標位址；請檢查該位址，並確認伺服器允許轉送。',
    'SSH 服务器无法转发到目标地址；请检查该地址，并确认服务器允许转发。',
    'Máy chủ SSH không chuyển tiếp được tới địa chỉ đích; hãy kiểm tra địa chỉ và việc máy chủ cho phép chuyển tiếp.',
  ],
  ZIP_UNSUPPORTED: [
    'ZIP 壓縮檔使用不支援的壓縮方式；請改用儲存或 deflate 方式。',
    'ZIP 压缩包使用不支持的压缩方式；请改用存储或 deflate 方式。',
    'Tệp ZIP dùng kiểu nén không được hỗ trợ; hãy dùng kiểu không nén hoặc deflate.',
  ],
  ZIP_DAMAGED: [
    'ZIP 壓縮檔損壞或不完整；請重新下載。',
    'ZIP 压缩包损坏或不完整；请重新下载。',
    'Tệp ZIP bị hỏng hoặc thiếu; hãy tải lại.',
  ],
  ZIP_UNSAFE: [
    'ZIP 壓縮檔含有不安全的內容，未解壓縮任何檔案；請檢查影像伺服器。',
    'ZIP 压缩包含有不安全的内容，未解压任何文件；请检查图像服务器。',
    'Tệp ZIP có nội dung không an toàn nên không giải nén gì; hãy kiểm tra máy chủ ảnh.',
  ],
  ZIP_TOO_LARGE: [
    'ZIP 壓縮檔的內容超過上限，未解壓縮任何檔案；請分次取得較少的影像。',
    'ZIP 压缩包的内容超过上限，未解压任何文件；请分批获取较少的图像。',
    'Nội dung tệp ZIP vượt quá giới hạn nên không giải nén gì; hãy lấy ít ảnh hơn mỗi lần.',
  ],
  ZIP_ENCRYPTED: [
    'ZIP 壓縮檔已加密，未解壓縮任何檔案；請提供未加密的壓縮檔。',
    'ZIP 压缩包已加密，未解压任何文件；请提供未加密的压缩包。',
    'Tệp ZIP bị mã hóa nên không giải nén gì; hãy dùng tệp không mã hóa.',
  ],
  CERTIFICATE_MISSING: [
    '找不到資料分割的證明檔；請重新建立資料集。',
    '找不到数据划分的证明文件；请重新建立数据集。',
    'Không có chứng nhận phân chia dữ liệu; hãy tạo lại tập dữ liệu.',
  ],
  CERTIFICATE_BROKEN: [
    '資料分割的證明檔已損壞；請重新建立資料集。',
    '数据划分的证明文件已损坏；请重新建立数据集。',
    'Chứng nhận phân chia dữ liệu bị hỏng; hãy tạo lại tập dữ liệu.',
  ],
  CERTIFICATE_NOT_CLEAN: [
    '訓練與驗證資料有重疊，分割無效；請重新建立資料集。',
    '训练与验证数据有重叠，划分无效；请重新建立数据集。',
    'Dữ liệu huấn luyện và kiểm định bị trùng, phân chia không hợp lệ; hãy tạo lại tập dữ liệu.',
  ],
  SPLIT_LEAKS: [
    '訓練與驗證之間有互相洩漏的影像，已停止；請檢查輸入影像後重新建立資料集。',
    '训练与验证之间有相互泄漏的图像，已停止；请检查输入图像后重新建立数据集。',
    'Có ảnh rò rỉ giữa phần huấn luyện và kiểm định nên đã dừng; hãy kiểm tra ảnh đầu vào và tạo lại tập dữ liệu.',
  ],
  DATASET_BROKEN: [
    '資料集中有損壞的檔案；請重新建立資料集。',
    '数据集中有损坏的文件；请重新建立数据集。',
    'Tập dữ liệu có tệp bị hỏng; hãy tạo lại tập dữ liệu.',
  ],
  MANIFEST_BROKEN: [
    '資料集的清單檔已損壞；請重新建立資料集。',
    '数据集的清单文件已损坏；请重新建立数据集。',
    'Tệp kê khai của tập dữ liệu bị hỏng; hãy tạo lại tập dữ liệu.',
  ],
  MANIFEST_MISSING: [
    '找不到資料集的清單檔；請建立資料集。',
    '找不到数据集的清单文件；请建立数据集。',
    'Không có tệp kê khai của tập dữ liệu; hãy tạo tập dữ liệu.',
  ],
  NOTHING_TO_TRAIN: [
    '沒有可訓練的良品影像；請至少為一個類別確認方向。',
    '没有可训练的良品图像；请至少为一个类别确认方向。',
    'Không có ảnh hàng tốt để huấn luyện; hãy xác nhận hướng cho ít nhất một lớp.',
  ],
  ONE_LABEL: [
    '只有一種標籤，無從區分；請加入其他類別、NG 影像或非對稱的零件。',
    '只有一种标签，无从区分；请加入其他类别、NG 图像或非对称的元件。',
    'Chỉ có một nhãn nên không có gì để phân biệt; hãy thêm lớp khác, ảnh NG hoặc linh kiện không đối xứng.',
  ],
  NOTHING_TO_VALIDATE: [
    '影像來源太少，無法分出驗證資料；請加入其他板子的影像。',
    '图像来源太少，无法划出验证数据；请加入其他板的图像。',
    'Quá ít nguồn ảnh để tách phần kiểm định; hãy thêm ảnh của các bo mạch khác.',
  ],
  SOURCE_MISSING: [
    '先前分類的影像已無法讀取；請放回檔案或建立新任務。',
    '先前分类的图像已无法读取；请放回文件或新建任务。',
    'Không còn đọc được ảnh đã phân loại; hãy đặt tệp lại chỗ cũ hoặc tạo tác vụ mới.',
  ],
  SOURCE_CHANGED: [
    '影像在分類後被更改；請建立新任務。',
    '图像在分类后被更改；请新建任务。',
    'Ảnh đã bị thay đổi sau khi phân loại; hãy tạo tác vụ mới.',
  ],
  SOURCE_BROKEN: [
    '輸入影像已損壞；請檢查輸入資料夾後建立新任務。',
    '输入图像已损坏；请检查输入文件夹后新建任务。',
    'Ảnh đầu vào bị hỏng; hãy kiểm tra thư mục đầu vào rồi tạo tác vụ mới.',
  ],
} as const satisfies Record<string, Translations>;
