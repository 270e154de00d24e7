import type { Translations } from './translations.js';

/** Of errors about tasks, the orientation gate, results, golden samples and the image pool. */
export const TASK_TEXTS = {
  TASK_UNKNOWN: [
    '找不到這個任務；請確認任務編號。',
    '找不到这个任务；请检查任务编号。',
    'Không có tác vụ này; hãy kiểm tra mã tác vụ.',
  ],
  TASK_AMBIGUOUS: [
    '有多個任務的編號以此開頭；請輸入更多字元。',
    '有多个任务的编号以此开头；请输入更多字符。',
    'Nhiều tác vụ có mã bắt đầu như vậy; hãy nhập thêm ký tự.',
  ],
  TASK_NOT_COMPLETED: [
    '任務尚未完成；請等完成後再試。',
    '任务尚未完成；请等完成后再试。',
    'Tác vụ chưa hoàn tất; hãy đợi xong rồi thử lại.',
  ],
  TASK_STILL_LIVE: [
    '任務仍在進行；請先取消任務，或等它結束。',
    '任务仍在进行；请先取消任务，或等它结束。',
    'Tác vụ vẫn đang chạy; hãy hủy trước hoặc đợi kết thúc.',
  ],
  TASK_NOT_RETRYABLE: [
    '只有失敗或已取消的任務可以重試；請確認任務狀態。',
    '只有失败或已取消的任务可以重试；请检查任务状态。',
    'Chỉ thử lại được tác vụ đã lỗi hoặc đã hủy; hãy xem trạng thái tác vụ.',
  ],
  TOO_MANY_TASKS: [
    '等待中的工作已達上限；請等部分工作完成後再試。',
    '等待中的工作已达上限；请等部分工作完成后再试。',
    'Số việc đang chờ đã đến giới hạn; hãy thử lại khi một số việc đã xong.',
  ],
  ILLEGAL_TRANSITION: [
    '以任務目前的狀態無法執行此操作；請重新整理頁面，確認狀態。',
    '以任务当前的状态无法执行此操作；请刷新页面，检查状态。',
    'Không làm được việc này ở trạng thái hiện tại của tác vụ; hãy tải lại trang và xem trạng thái.',
  ],
  INPUT_NOT_ALLOWED: [
    '輸入資料夾不在 server.allowedInputRoots 之下；請指定其他資料夾，或修改 configs.yaml。',
    '输入文件夹不在 server.allowedInputRoots 之下；请指定其他文件夹，或修改 configs.yaml。',
    'Thư mục đầu vào không nằm trong server.allowedInputRoots; hãy chọn thư mục khác hoặc sửa configs.yaml.',
  ],
  OUTPUT_NOT_ALLOWED: [
    '輸出資料夾不在 storage.runsFolder 或 server.allowedInputRoots 之下；請指定其他資料夾。',
    '输出文件夹不在 storage.runsFolder 或 server.allowedInputRoots 之下；请指定其他文件夹。',
    'Thư mục đầu ra không nằm trong storage.runsFolder hoặc server.allowedInputRoots; hãy chọn thư mục khác.',
  ],
  OUTPUT_NOT_A_FOLDER: [
    '輸出路徑是檔案而非資料夾；請指定資料夾。',
    '输出路径是文件而不是文件夹；请指定文件夹。',
    'Đường dẫn đầu ra là tệp, không phải thư mục; hãy chỉ định thư mục.',
  ],
  OUTPUT_INSIDE_INPUT: [
    '輸出資料夾位於輸入資料夾之內；請選擇輸入資料夾以外的位置。',
    '输出文件夹位于输入文件夹之内；请选择输入文件夹以外的位置。',
    'Thư mục đầu ra nằm trong thư mục đầu vào; hãy chọn nơi khác bên ngoài.',
  ],
  RUN_FOLDER_FOREIGN: [
    '該資料夾不屬於此任務，未被移除；請檢查執行資料夾。',
    '该文件夹不属于此任务，未被删除；请检查运行文件夹。',
    'Thư mục không thuộc tác vụ này nên không bị xóa; hãy kiểm tra thư mục chạy.',
  ],
  REMOVE_OUTSIDE: [
    '要移除的路徑位於允許範圍之外，未移除任何內容；請通知 Polarline 的維護人員。',
    '要删除的路径位于允许范围之外，未删除任何内容；请通知 Polarline 的维护人员。',
    'Đường dẫn cần xóa nằm ngoài phạm vi nên không có gì bị xóa; hãy báo người phụ trách Polarline.',
  ],
  NOT_WRITABLE: [
    '無法讀寫執行資料夾；請授予權限後重試任務。',
    '无法读写运行文件夹；请授予权限后重试任务。',
    'Không đọc hoặc ghi được thư mục chạy; hãy cấp quyền rồi thử lại tác vụ.',
  ],
  CLASS_UNKNOWN: [
    '沒有這個類別；請從清單中選擇。',
    '没有这个类别；请从列表中选择。',
    'Không có lớp này; hãy chọn trong danh sách.',
  ],
  SAMPLE_UNKNOWN: [
    '此任務沒有這張樣本影像；請使用樣本清單中的影像。',
    '此任务没有这张样本图像；请使用样本列表中的图像。',
    'Tác vụ không có ảnh mẫu này; hãy dùng ảnh trong danh sách mẫu.',
  ],
  ALREADY_CONFIRMED: [
    '方向已由他人確認，以第一次確認為準；無需再次作答。',
    '方向已由他人确认，以第一次确认为准；无需再次作答。',
    'Hướng đã được xác nhận và lần xác nhận đầu tiên có hiệu lực; không cần trả lời nữa.',
  ],
  NOT_AT_THE_GATE: [
    '此任務目前不接受方向確認；請確認任務狀態。',
    '此任务当前不接受方向确认；请检查任务状态。',
    'Tác vụ hiện không nhận xác nhận hướng; hãy xem trạng thái tác vụ.',
  ],
  ALL_CLASSES_SKIPPED: [
    '所有類別都被略過，沒有可訓練的影像；請至少確認一個類別的方向。',
    '所有类别都被跳过，没有可训练的图像；请至少确认一个类别的方向。',
    'Mọi lớp đều bị bỏ qua nên không còn gì để huấn luyện; hãy chọn hướng cho ít nhất một lớp.',
  ],
  ANSWERS_INVALID: [
    '方向的回答不完整或不正確；請為每個類別選擇方向或略過。',
    '方向的回答不完整或不正确；请为每个类别选择方向或跳过。',
    'Câu trả lời hướng thiếu hoặc sai; hãy chọn hướng hoặc bỏ qua cho từng lớp.',
  ],
  NOTHING_TO_UNDO: [
    '沒有可復原的標準樣本替換；無需任何動作。',
    '没有可撤销的标准样本替换；无需任何操作。',
    'Không có lần thay mẫu chuẩn nào để hoàn tác; không cần làm gì.',
  ],
  PICTURE_UNKNOWN: [
    '這張影像不屬於此任務；請從清單中選擇。',
    '这张图像不属于此任务；请从列表中选择。',
    'Ảnh này không thuộc tác vụ; hãy chọn trong danh sách.',
  ],
  PICTURE_GONE: [
    '影像檔已不存在；請重新整理頁面。',
    '图像文件已不存在；请刷新页面。',
    'Tệp ảnh không còn nữa; hãy tải lại trang.',
  ],
  PICTURE_UNREADABLE: [
    '無法讀取這張影像；請檢查檔案是否損壞。',
    '无法读取这张图像；请检查文件是否损坏。',
    'Không đọc được ảnh này; hãy kiểm tra xem tệp có bị hỏng không.',
  ],
  GOLDEN_UNKNOWN: [
    '沒有這個標準樣本；請從清單中選擇。',
    '没有这个标准样本；请从列表中选择。',
    'Không có mẫu chuẩn này; hãy chọn trong danh sách.',
  ],
  GOLDEN_IMAGE_UNKNOWN: [
    '標準樣本的影像不在資料集中；請選擇資料集內的影像。',
    '标准样本的图像不在数据集中；请选择数据集内的图像。',
    'Ảnh chọn làm mẫu chuẩn không có trong tập dữ liệu; hãy chọn ảnh trong tập dữ liệu.',
  ],
  GOLDEN_IMAGE_UNSUITABLE: [
    '這張影像不適合作為此標準樣本；請選擇同類別的訓練影像，且來源與其他標準樣本不同。',
    '这张图像不适合作为此标准样本；请选择同类别的训练图像，且来源与其他标准样本不同。',
    'Ảnh này không hợp làm mẫu chuẩn đó; hãy chọn ảnh huấn luyện cùng lớp và khác nguồn với các mẫu chuẩn khác.',
  ],
  ARTEFACT_UNKNOWN: [
    '沒有這種結果檔案；請從可用的種類中選擇。',
    '没有这种结果文件；请从可用的种类中选择。',
    'Không có loại tệp kết quả này; hãy chọn một loại có sẵn.',
  ],
  REJECTED_LIST_MISSING: [
    '任務 {taskId} 沒有 rejected.csv；整理影像後才會產生。',
    '任务 {taskId} 没有 rejected.csv；整理图像后才会生成。',
    'Tác vụ {taskId} chưa có rejected.csv; tệp này được ghi sau khi gom ảnh.',
  ],
  ARTEFACT_GONE: [
    '結果檔案已被移除；請重新執行任務以再次產生。',
    '结果文件已被删除；请重新运行任务以再次生成。',
    'Tệp kết quả đã bị xóa; hãy chạy lại tác vụ để tạo lại.',
  ],
  LANGUAGE_UNSUITABLE: [
    'language 只能用於 report；請移除此參數。',
    'language 只能用于 report；请移除此参数。',
    'language chỉ dùng cho report; hãy bỏ tham số này.',
  ],
  REPORT_DATA_MISSING: [
    '此結果由較早版本評估，無法產生其他語言的報告；請重新評估，或開啟原有的報告。',
    '此结果由较早版本评估，无法生成其他语言的报告；请重新评估，或打开原有的报告。',
    'Kết quả này do phiên bản cũ đánh giá nên không tạo được báo cáo bằng ngôn ngữ khác; hãy đánh giá lại hoặc mở báo cáo đã có.',
  ],
  ARTEFACT_MISSING: [
    '評估後缺少應有的結果檔案；請重試任務。',
    '评估后缺少应有的结果文件；请重试任务。',
    'Thiếu tệp kết quả sau khi đánh giá; hãy thử lại tác vụ.',
  ],
  NOTHING_IN_COMMON: [
    '兩個任務沒有共同的驗證影像；請以相同影像與相同亂數種子分割後再比較。',
    '两个任务没有共同的验证图像；请以相同图像和相同随机种子划分后再比较。',
    'Hai tác vụ không có ảnh kiểm định chung; hãy chia từ cùng ảnh và cùng hạt giống ngẫu nhiên rồi so sánh.',
  ],
  DOWNLOAD_UNKNOWN: [
    '找不到這個下載；請確認下載編號。',
    '找不到这个下载；请检查下载编号。',
    'Không có lượt tải này; hãy kiểm tra mã lượt tải.',
  ],
  DOWNLOAD_MOVE_FORBIDDEN: [
    '以下載目前的狀態無法執行此操作；請重新整理頁面。',
    '以下载当前的状态无法执行此操作；请刷新页面。',
    'Không làm được việc này ở trạng thái hiện tại của lượt tải; hãy tải lại trang.',
  ],
  DOWNLOAD_TOO_LARGE: [
    '下載量超過 limits.downloadGiB 的上限，已下載的影像會保留；請縮短日期範圍。',
    '下载量超过 limits.downloadGiB 的上限，已下载的图像会保留；请缩短日期范围。',
    'Lượt tải vượt quá limits.downloadGiB, phần đã tải được giữ lại; hãy chọn ít ngày hơn.',
  ],
  NO_IMAGES: [
    '找不到符合條件的影像；請檢查料號、產線與日期，或資料夾內容。',
    '找不到符合条件的图像；请检查料号、产线和日期，或文件夹内容。',
    'Không tìm thấy ảnh phù hợp; hãy kiểm tra mã linh kiện, chuyền và ngày, hoặc nội dung thư mục.',
  ],
  TOO_MANY_IMAGES: [
    '影像數量超過上限；請縮小範圍、分成多個資料夾，或提高上限。',
    '图像数量超过上限；请缩小范围、分成多个文件夹，或提高上限。',
    'Số ảnh vượt quá giới hạn; hãy thu hẹp phạm vi, chia thư mục hoặc tăng giới hạn.',
  ],
  IMAGE_UNKNOWN: [
    '部分影像不屬於此料號，未做任何更改；請重新整理頁面。',
    '部分图像不属于此料号，未做任何更改；请刷新页面。',
    'Một số ảnh không thuộc mã linh kiện này, không có gì được đổi; hãy tải lại trang.',
  ],
  IMAGE_NOT_MOVED: [
    '影像 {file} 無法移動（{reason}），未做任何更改；請關閉正在使用此檔案的程式、確認資料夾權限後再試。',
    '图像 {file} 无法移动（{reason}），未做任何更改；请关闭正在使用此文件的程序、检查文件夹权限后重试。',
    'Không chuyển được ảnh {file} ({reason}), không có gì được đổi; hãy đóng chương trình đang dùng tệp, kiểm tra quyền của thư mục rồi thử lại.',
  ],
  PART_UNKNOWN: [
    '影像庫中沒有這個料號；請確認料號，或先取得影像。',
    '图像库中没有这个料号；请检查料号，或先获取图像。',
    'Kho ảnh không có mã linh kiện này; hãy kiểm tra mã hoặc lấy ảnh về trước.',
  ],
  PART_AMBIGUOUS: [
    '多條產線都有此料號；請另外指定廠區與產線（site、line_id）。',
    '多条产线都有此料号；请另外指定厂区和产线（site、line_id）。',
    'Nhiều chuyền có mã linh kiện này; hãy chỉ rõ nhà máy và chuyền (site, line_id).',
  ],
  SITE_UNKNOWN: [
    'database_configs.yaml 中沒有這個廠區；請更正名稱或新增該廠區。',
    'database_configs.yaml 中没有这个厂区；请更正名称或添加该厂区。',
    'database_configs.yaml không có nhà máy này; hãy sửa tên hoặc thêm vào.',
  ],
  SITE_WITHOUT_IMAGES: [
    '此廠區沒有資料庫與影像伺服器；請選擇其他廠區。',
    '此厂区没有数据库和图像服务器；请选择其他厂区。',
    'Nhà máy này không có cơ sở dữ liệu và máy chủ ảnh; hãy chọn nhà máy khác.',
  ],
  IMAGE_SERVER_MISSING: [
    '此廠區未設定影像伺服器；請在 database_configs.yaml 加入 imageServer。',
    '此厂区未配置图像服务器；请在 database_configs.yaml 中添加 imageServer。',
    'Nhà máy này chưa có máy chủ ảnh; hãy thêm imageServer vào database_configs.yaml.',
  ],
  IMAGE_SERVER_REFUSED: [
    '影像伺服器拒絕請求；請檢查 database_configs.yaml 的 imageServer。',
    '图像服务器拒绝请求；请检查 database_configs.yaml 中的 imageServer。',
    'Máy chủ ảnh từ chối yêu cầu; hãy kiểm tra imageServer trong database_configs.yaml.',
  ],
  IMAGE_SERVER_TOO_MUCH: [
    '影像伺服器傳回的資料過大；若屬正常，請提高 limits.imageMiB。',
    '图像服务器返回的数据过大；如属正常，请提高 limits.imageMiB。',
    'Máy chủ ảnh gửi về quá nhiều dữ liệu; nếu điều đó đúng, hãy tăng limits.imageMiB.',
  ],
  IMAGE_SERVER_UNREACHABLE: [
    '無法連上影像伺服器；請確認它正在執行，且產線的 SSH 伺服器能連到它。',
    '无法连接图像服务器；请确认它正在运行，且产线的 SSH 服务器能连到它。',
    'Không kết nối được máy chủ ảnh; hãy kiểm tra rằng nó đang chạy và máy chủ SSH của chuyền kết nối được tới nó.',
  ],
  IMAGE_SERVER_FAILED: [
    '影像伺服器回報錯誤；請確認它運作正常後再試。',
    '图像服务器报告错误；请确认它运行正常后再试。',
    'Máy chủ ảnh báo lỗi; hãy kiểm tra nó rồi thử lại.',
  ],
  IMAGE_SERVER_SILENT: [
    '影像伺服器太久沒有回應；請確認它運作正常後再試。',
    '图像服务器长时间没有响应；请确认它运行正常后再试。',
    'Máy chủ ảnh không trả lời quá lâu; hãy kiểm tra nó rồi thử lại.',
  ],
  IMAGE_SERVER_CUT: [
    '與影像伺服器的連線中斷；請檢查網路後再試。',
    '与图像服务器的连接中断；请检查网络后再试。',
    'Kết nối với máy chủ ảnh bị ngắt; hãy kiểm tra mạng rồi thử lại.',
  ],
} as const satisfies Record<string, Translations>;
