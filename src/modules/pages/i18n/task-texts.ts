import type { InAllLanguages } from './side-by-side.js';

/** Texts of the gate's suggestions and of the task page's details. */
export const TASK_TEXTS = {
  'orientation.sameAsLast': [
    'Same as last time: {answer}',
    '同上次：{answer}',
    '同上次：{answer}',
    'Như lần trước: {answer}',
  ],
  'orientation.lastTime': [
    'by {by}, {at}, line {line}, task {task}',
    '{by}，{at}，產線 {line}，任務 {task}',
    '{by}，{at}，产线 {line}，任务 {task}',
    '{by}, {at}, chuyền {line}, tác vụ {task}',
  ],
  'orientation.angle': [
    'The metadata says {angle}° for {count} of {total} images.',
    '中繼資料：{total} 張影像中有 {count} 張為 {angle}°。',
    '元数据：{total} 张图像中有 {count} 张为 {angle}°。',
    'Siêu dữ liệu ghi {angle}° cho {count} trên {total} ảnh.',
  ],
  'orientation.angles': [
    'The metadata names several mounting angles: {angles}.',
    '中繼資料有多個安裝角度：{angles}。',
    '元数据有多个安装角度：{angles}。',
    'Siêu dữ liệu ghi nhiều góc lắp: {angles}.',
  ],
  'orientation.sameAngle': [
    'mounted at {angle}° then as now, says the metadata',
    '依中繼資料，當時與現在的安裝角度皆為 {angle}°',
    '按元数据，当时与现在的安装角度均为 {angle}°',
    'theo siêu dữ liệu, khi đó và bây giờ đều lắp ở {angle}°',
  ],
  'orientation.otherAngle': [
    'Last time {answer}, mounted at {then}°; the metadata now says {now}°. Look again.',
    '上次為 {answer}，安裝角度 {then}°；中繼資料現為 {now}°，請重新確認。',
    '上次为 {answer}，安装角度 {then}°；元数据现为 {now}°，请重新确认。',
    'Lần trước {answer}, lắp ở {then}°; siêu dữ liệu nay ghi {now}°. Hãy xem lại.',
  ],
  'orientation.otherAngleProbably': [
    'Last time {answer}, mounted at {then}°; the metadata now says {now}°, so probably {candidates}. Look again.',
    '上次為 {answer}，安裝角度 {then}°；中繼資料現為 {now}°，可能是 {candidates}，請重新確認。',
    '上次为 {answer}，安装角度 {then}°；元数据现为 {now}°，可能是 {candidates}，请重新确认。',
    'Lần trước {answer}, lắp ở {then}°; siêu dữ liệu nay ghi {now}°, nên có thể là {candidates}. Hãy xem lại.',
  ],
  'orientation.takeAll': [
    'Answer {count} as last time',
    '{count} 類同上次作答',
    '{count} 类同上次作答',
    'Trả lời {count} lớp như lần trước',
  ],
  'orientation.more': ['More pictures', '更多影像', '更多图像', 'Thêm ảnh'],
  'orientation.pictureOf': [
    'Picture {number} of {component}',
    '{component} 的影像 {number}',
    '{component} 的图像 {number}',
    'Ảnh {number} của {component}',
  ],
  'task.again': ['New training like this one', '以此設定新增訓練', '以此设置新建训练', 'Huấn luyện mới như thế này'],
  'task.delete': ['Delete this task', '刪除此任務', '删除此任务', 'Xóa tác vụ này'],
  'task.deleteAsk': [
    'Delete this task from the list? Input images are never touched.',
    '要從清單刪除此任務嗎？輸入影像不會受影響。',
    '要从列表删除此任务吗？输入图像不会受影响。',
    'Xóa tác vụ này khỏi danh sách? Ảnh đầu vào không bị đụng đến.',
  ],
  'task.deleteFiles': [
    'Also remove its run folder: {folder}',
    '同時移除執行資料夾：{folder}',
    '同时移除运行文件夹：{folder}',
    'Xóa cả thư mục kết quả: {folder}',
  ],
  'task.marginGrows': [
    'In the first {epochs} epochs the margin between classes grows from zero, which makes the task harder: a training loss that rises meanwhile is expected.',
    '前 {epochs} 個週期中，類別間隔由零逐步增加，任務因而變難；此期間訓練損失上升屬正常現象。',
    '前 {epochs} 个轮次中，类别间隔由零逐步增加，任务因而变难；此期间训练损失上升属正常现象。',
    'Trong {epochs} epoch đầu, biên giữa các lớp tăng dần từ không nên bài toán khó hơn: mất mát huấn luyện tăng lúc này là bình thường.',
  ],
  'task.learningRate': ['Learning rate', '學習率', '学习率', 'Tốc độ học'],
  'task.waitShare': ['Waiting for images', '等待影像', '等待图像', 'Chờ ảnh'],
  'task.timeLeft': ['Time left', '剩餘時間', '剩余时间', 'Còn lại'],
  'task.engine': ['Engine', '引擎', '引擎', 'Bộ máy'],
  'task.split': ['Split', '切分', '划分', 'Cách chia'],
  'task.splitOf': [
    '{train} training and {val} validation images of {groups} source groups; {edges} images on both sides',
    '訓練 {train} 張、驗證 {val} 張，來自 {groups} 個來源群組；跨側影像 {edges}',
    '训练 {train} 张、验证 {val} 张，来自 {groups} 个来源组；跨侧图像 {edges}',
    '{train} ảnh huấn luyện, {val} ảnh kiểm định từ {groups} nhóm nguồn; {edges} ảnh nằm cả hai bên',
  ],
  'task.splitDigest': ['Split certificate', '切分憑證', '划分凭证', 'Chứng nhận cách chia'],
  'task.notes': ['Notes of the training', '訓練備註', '训练备注', 'Ghi chú huấn luyện'],
  'task.rejectedList': ['Set aside, by reason', '已排除（依原因）', '已排除（按原因）', 'Bị loại, theo lý do'],
} as const satisfies Record<string, InAllLanguages>;
