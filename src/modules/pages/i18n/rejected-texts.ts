import type { ImageDecodeReason, ImageNameReason } from '../../../dataset/index.js';
import type { InAllLanguages } from './side-by-side.js';

type Reason = ImageNameReason | ImageDecodeReason | 'noMetadata' | 'ambiguousMetadata' | 'noProductName';
type Texts = Record<string, InAllLanguages> & Readonly<Record<`rejected.do.${Reason}`, InAllLanguages>>;

/** Texts of the files that were set aside: what to do about each reason. */
export const REJECTED_TEXTS = {
  'rejected.title': ['Files set aside', '已排除的檔案', '已排除的文件', 'Tệp bị loại'],
  'rejected.lead': [
    'These files take no part in this task. Nothing was changed in the input folder.',
    '這些檔案不參與此任務；輸入資料夾沒有任何變更。',
    '这些文件不参与此任务；输入文件夹没有任何更改。',
    'Các tệp này không tham gia tác vụ. Thư mục đầu vào không bị thay đổi.',
  ],
  'rejected.none': ['No file was set aside.', '沒有檔案被排除。', '没有文件被排除。', 'Không có tệp nào bị loại.'],
  'rejected.gone': [
    'The list of this task is not there: its run folder was removed, or its images have not been collected yet.',
    '此任務沒有清單：執行資料夾已移除，或影像尚未整理。',
    '此任务没有清单：运行文件夹已移除，或图像尚未整理。',
    'Không có danh sách của tác vụ này: thư mục kết quả đã bị xóa hoặc ảnh chưa được gom.',
  ],
  'rejected.every': ['Every reason', '所有原因', '所有原因', 'Mọi lý do'],
  'rejected.open': [
    'Look at all {count} files',
    '查看全部 {count} 個檔案',
    '查看全部 {count} 个文件',
    'Xem cả {count} tệp',
  ],
  'rejected.csv': ['Download as CSV', '下載 CSV', '下载 CSV', 'Tải CSV'],
  'rejected.file': ['File', '檔案', '文件', 'Tệp'],
  'rejected.todo': ['What to do', '處理方式', '处理方式', 'Việc cần làm'],
  'rejected.previous': ['Previous', '上一頁', '上一页', 'Trước'],
  'rejected.next': ['Next', '下一頁', '下一页', 'Sau'],
  'rejected.do.unsupportedExtension': [
    'Nothing, if it is no image. Else save it as JPG, PNG or BMP.',
    '若非影像則不需處理；否則請存成 JPG、PNG 或 BMP。',
    '若非图像则无需处理；否则请存为 JPG、PNG 或 BMP。',
    'Không cần làm gì nếu không phải ảnh. Nếu là ảnh, hãy lưu thành JPG, PNG hoặc BMP.',
  ],
  'rejected.do.badTimestamp': [
    'Let its name begin with 14 digits of date and time.',
    '檔名開頭需為 14 位數的日期與時間。',
    '文件名开头需为 14 位数字的日期和时间。',
    'Tên tệp phải bắt đầu bằng 14 chữ số ngày giờ.',
  ],
  'rejected.do.noSuchMoment': [
    'Correct the date and time in its name; check the clock of the machine that took it.',
    '請修正檔名中的日期時間，並檢查拍攝機台的時鐘。',
    '请修正文件名中的日期时间，并检查拍摄机台的时钟。',
    'Sửa ngày giờ trong tên tệp; kiểm tra đồng hồ của máy chụp.',
  ],
  'rejected.do.missingBoard': [
    'Put the board and an @ between timestamp and component.',
    '請在時間戳記與元件之間加上板號與 @。',
    '请在时间戳与元件之间加上板号和 @。',
    'Thêm mã bo mạch và ký tự @ giữa mốc thời gian và linh kiện.',
  ],
  'rejected.do.missingComponent': [
    'Put the component’s name behind the @.',
    '請在 @ 之後加上元件名稱。',
    '请在 @ 之后加上元件名称。',
    'Thêm tên linh kiện sau ký tự @.',
  ],
  'rejected.do.badIndex': [
    'Let digits stand before the light in its name.',
    '檔名中光源之前需為數字序號。',
    '文件名中光源之前需为数字序号。',
    'Trước tên nguồn sáng trong tên tệp phải là chữ số.',
  ],
  'rejected.do.badLight': [
    'Let its name end with the light, in letters and digits.',
    '檔名需以光源（英文字母與數字）結尾。',
    '文件名需以光源（字母和数字）结尾。',
    'Tên tệp phải kết thúc bằng nguồn sáng, gồm chữ và số.',
  ],
  'rejected.do.empty': [
    'The file has no content: fetch it again from the line.',
    '檔案沒有內容：請從產線重新取得。',
    '文件没有内容：请从产线重新获取。',
    'Tệp rỗng: hãy lấy lại từ chuyền.',
  ],
  'rejected.do.corrupt': [
    'The picture is damaged: fetch it again from the line.',
    '影像已損毀：請從產線重新取得。',
    '图像已损坏：请从产线重新获取。',
    'Ảnh bị hỏng: hãy lấy lại từ chuyền.',
  ],
  'rejected.do.truncated': [
    'The picture breaks off: fetch it again, and copy only what the line has finished writing.',
    '影像不完整：請重新取得，並只複製產線已寫完的檔案。',
    '图像不完整：请重新获取，并只复制产线已写完的文件。',
    'Ảnh bị cụt: hãy lấy lại, và chỉ chép tệp mà chuyền đã ghi xong.',
  ],
  'rejected.do.tooManyPixels': [
    'Cut the component out of the picture, or raise limits.imageMegapixels.',
    '請裁切出元件，或提高 limits.imageMegapixels。',
    '请裁剪出元件，或提高 limits.imageMegapixels。',
    'Cắt riêng linh kiện, hoặc tăng limits.imageMegapixels.',
  ],
  'rejected.do.tooLarge': [
    'Save the picture smaller, or raise limits.imageMiB.',
    '請縮小影像檔案，或提高 limits.imageMiB。',
    '请缩小图像文件，或提高 limits.imageMiB。',
    'Lưu ảnh nhỏ hơn, hoặc tăng limits.imageMiB.',
  ],
  'rejected.do.contentMismatch': [
    'Its content is of another kind than its name says: correct the extension.',
    '內容與副檔名不符：請修正副檔名。',
    '内容与扩展名不符：请修正扩展名。',
    'Nội dung khác với phần mở rộng: hãy sửa phần mở rộng.',
  ],
  'rejected.do.unsupportedContent': [
    'It is no JPEG, PNG or BMP inside: save it as one of these.',
    '內容並非 JPEG、PNG 或 BMP：請另存為其中一種。',
    '内容并非 JPEG、PNG 或 BMP：请另存为其中一种。',
    'Bên trong không phải JPEG, PNG hay BMP: hãy lưu lại theo một trong các dạng này.',
  ],
  'rejected.do.unreadable': [
    'It could not be opened: check its rights and the disk, and that nothing else holds it.',
    '無法開啟：請檢查權限與磁碟，並確認沒有其他程式佔用。',
    '无法打开：请检查权限和磁盘，并确认没有其他程序占用。',
    'Không mở được: kiểm tra quyền, ổ đĩa và xem có chương trình nào đang giữ tệp.',
  ],
  'rejected.do.noMetadata': [
    'Check site and line of the task; else ask why the factory database has no row for this image.',
    '請檢查任務的廠區與產線；否則請查明工廠資料庫為何沒有此影像的資料。',
    '请检查任务的厂区与产线；否则请查明工厂数据库为何没有此图像的数据。',
    'Kiểm tra nhà máy và chuyền của tác vụ; nếu đúng, hãy hỏi vì sao cơ sở dữ liệu không có dòng nào cho ảnh này.',
  ],
  'rejected.do.ambiguousMetadata': [
    'The factory database names several products for it: correct the rows there.',
    '工廠資料庫對此影像有多個產品：請修正該處資料。',
    '工厂数据库对此图像有多个产品：请修正该处数据。',
    'Cơ sở dữ liệu nhà máy ghi nhiều sản phẩm cho ảnh này: hãy sửa các dòng ở đó.',
  ],
  'rejected.do.noProductName': [
    'Its row in the factory database has no product name: fill it in there.',
    '工廠資料庫的該筆資料沒有產品名稱：請在該處補上。',
    '工厂数据库的该条数据没有产品名称：请在该处补上。',
    'Dòng của ảnh trong cơ sở dữ liệu nhà máy thiếu tên sản phẩm: hãy bổ sung ở đó.',
  ],
} as const satisfies Texts;
