import type { Translations } from './translations.js';

/** Of errors about training, evaluation and their files. */
export const TRAINING_TEXTS = {
  MODEL_MISSING: [
    '找不到訓練好的模型；請先完成訓練。',
    '找不到训练好的模型；请先完成训练。',
    'Không có mô hình đã huấn luyện; hãy hoàn tất huấn luyện trước.',
  ],
  THRESHOLDS_MISSING: [
    '找不到門檻檔；請先評估此任務。',
    '找不到阈值文件；请先评估此任务。',
    'Không có tệp ngưỡng; hãy đánh giá tác vụ trước.',
  ],
  THRESHOLDS_BROKEN: [
    '門檻檔已損壞；請重新評估此任務。',
    '阈值文件已损坏；请重新评估此任务。',
    'Tệp ngưỡng bị hỏng; hãy đánh giá lại tác vụ.',
  ],
  NOT_EVALUATED: [
    '此任務沒有評估結果；請先評估。',
    '此任务没有评估结果；请先评估。',
    'Tác vụ chưa có kết quả đánh giá; hãy đánh giá trước.',
  ],
  NO_GOLDEN_SAMPLES: [
    '沒有可選為標準樣本的良品訓練影像；請至少為一個類別確認方向。',
    '没有可选为标准样本的良品训练图像；请至少为一个类别确认方向。',
    'Không có ảnh huấn luyện tốt để chọn mẫu chuẩn; hãy xác nhận hướng cho ít nhất một lớp.',
  ],
  GOLDEN_SET_MISSING: [
    '找不到標準樣本的清單；請先評估此任務。',
    '找不到标准样本的清单；请先评估此任务。',
    'Không có danh sách mẫu chuẩn; hãy đánh giá tác vụ trước.',
  ],
  GOLDEN_SET_BROKEN: [
    '標準樣本的檔案已損壞；請重新評估此任務。',
    '标准样本的文件已损坏；请重新评估此任务。',
    'Tệp mẫu chuẩn bị hỏng; hãy đánh giá lại tác vụ.',
  ],
  GOLDEN_PATH_OUTSIDE: [
    '標準樣本的路徑超出其資料夾；請重新評估此任務。',
    '标准样本的路径超出其文件夹；请重新评估此任务。',
    'Đường dẫn của mẫu chuẩn nằm ngoài thư mục; hãy đánh giá lại tác vụ.',
  ],
  RUN_CONFIG_MISSING: [
    '找不到此任務的訓練設定檔；請使用已完成任務的資料夾。',
    '找不到此任务的训练配置文件；请使用已完成任务的文件夹。',
    'Không có tệp cài đặt huấn luyện của tác vụ; hãy dùng thư mục của tác vụ đã hoàn tất.',
  ],
  RUN_CONFIG_BROKEN: [
    '此任務的訓練設定檔已損壞；請還原該檔案或重新訓練。',
    '此任务的训练配置文件已损坏；请恢复该文件或重新训练。',
    'Tệp cài đặt huấn luyện của tác vụ bị hỏng; hãy khôi phục tệp hoặc huấn luyện lại.',
  ],
  CHECKPOINT_UNREADABLE: [
    '檢查點的格式不符；請移除該檔案，從頭訓練。',
    '检查点的格式不符；请删除该文件，从头训练。',
    'Điểm lưu không đúng định dạng; hãy xóa tệp để huấn luyện lại từ đầu.',
  ],
  CHECKPOINT_OF_OTHER_TRAINING: [
    '檢查點屬於其他設定、其他資料集或其他版本的 Polarline；請重新開始任務，或移除 {path} 後重試，從頭訓練。',
    '检查点属于其他配置、其他数据集或其他版本的 Polarline；请重新开始任务，或删除 {path} 后重试，从头训练。',
    'Điểm lưu thuộc cài đặt, tập dữ liệu hoặc phiên bản Polarline khác; hãy bắt đầu lại tác vụ, hoặc xóa {path} rồi thử lại để huấn luyện từ đầu.',
  ],
  ENGINE_UNAVAILABLE: [
    '所選的訓練引擎無法在此電腦執行；請改用其他引擎或安裝所需的元件。',
    '所选的训练引擎无法在此计算机上运行；请改用其他引擎或安装所需的组件。',
    'Bộ máy huấn luyện đã chọn không chạy được trên máy này; hãy chọn bộ máy khác hoặc cài thành phần cần thiết.',
  ],
  ONNX_RUNTIME: [
    '執行模型時發生錯誤；請重試任務，若持續發生請通知維護人員。',
    '运行模型时发生错误；请重试任务，如持续发生请通知维护人员。',
    'Lỗi khi chạy mô hình; hãy thử lại tác vụ, nếu vẫn lỗi hãy báo người phụ trách.',
  ],
  NOT_AN_EMBEDDER: [
    '這個 ONNX 檔不是 Polarline 的模型；請選擇 Polarline 匯出的模型。',
    '这个 ONNX 文件不是 Polarline 的模型；请选择 Polarline 导出的模型。',
    'Tệp ONNX này không phải mô hình của Polarline; hãy chọn mô hình do Polarline xuất ra.',
  ],
  OUT_OF_MEMORY: [
    '記憶體不足；請調低 training.batchSize、data.imageSizePx 或 data.cacheMiB，或選擇較小的模型。',
    '内存不足；请调低 training.batchSize、data.imageSizePx 或 data.cacheMiB，或选择较小的模型。',
    'Không đủ bộ nhớ; hãy giảm training.batchSize, data.imageSizePx hoặc data.cacheMiB, hoặc chọn mô hình nhỏ hơn.',
  ],
  PROCESS_DIED: [
    '訓練程序意外結束；請查看記錄後重試任務。',
    '训练进程意外结束；请查看日志后重试任务。',
    'Tiến trình huấn luyện kết thúc bất ngờ; hãy xem nhật ký rồi thử lại tác vụ.',
  ],
  DEVICE_LOST: [
    '與圖形處理器的連線中斷；請重試任務，若再次發生請調低 training.batchSize 或改用 CPU 訓練。',
    '与图形处理器的连接中断；请重试任务，如再次发生请调低 training.batchSize 或改用 CPU 训练。',
    'Mất kết nối với bộ xử lý đồ họa; hãy thử lại tác vụ, nếu lặp lại hãy giảm training.batchSize hoặc huấn luyện bằng CPU.',
  ],
  TRAINING_DIVERGED: [
    '訓練損失發散；請調低 training.learningRate 或設定 training.gradientClipNorm，然後重新訓練。',
    '训练损失发散；请调低 training.learningRate 或设置 training.gradientClipNorm，然后重新训练。',
    'Huấn luyện bị phân kỳ; hãy giảm training.learningRate hoặc đặt training.gradientClipNorm rồi huấn luyện lại.',
  ],
  EMBEDDINGS_NOT_FINITE: [
    '模型輸出無效的數值；請調低學習率重新訓練，或檢查模型檔是否損壞。',
    '模型输出无效的数值；请调低学习率重新训练，或检查模型文件是否损坏。',
    'Mô hình cho ra giá trị không hợp lệ; hãy giảm tốc độ học và huấn luyện lại, hoặc kiểm tra tệp mô hình.',
  ],
  EMBEDDING_SIZES_DIFFER: [
    '嵌入向量的大小不一致；請使用同一個模型重新計算。',
    '嵌入向量的大小不一致；请使用同一个模型重新计算。',
    'Kích thước vectơ nhúng không khớp; hãy tính lại bằng cùng một mô hình.',
  ],
  EXPORT_DIFFERS: [
    '匯出的模型與訓練結果不一致；權重已安全保存，請重試任務或通知維護人員。',
    '导出的模型与训练结果不一致；权重已安全保存，请重试任务或通知维护人员。',
    'Mô hình xuất ra không khớp kết quả huấn luyện; trọng số vẫn an toàn, hãy thử lại tác vụ hoặc báo người phụ trách.',
  ],
  MEAN_STD_UNREADABLE: [
    '無法讀取影像的平均值與標準差檔；請重新建立資料集。',
    '无法读取图像的均值与标准差文件；请重新建立数据集。',
    'Không đọc được tệp trung bình và độ lệch chuẩn của ảnh; hãy tạo lại tập dữ liệu.',
  ],
  NOTHING_TO_TRAIN_ON: [
    '資料集中沒有訓練影像；請加入影像後重新建立資料集。',
    '数据集中没有训练图像；请加入图像后重新建立数据集。',
    'Tập dữ liệu không có ảnh huấn luyện; hãy thêm ảnh rồi tạo lại tập dữ liệu.',
  ],
  TOO_FEW_CLASSES: [
    '訓練至少需要兩種標籤的影像；請加入其他標籤的影像，或至少為一個類別確認方向。',
    '训练至少需要两种标签的图像；请加入其他标签的图像，或至少为一个类别确认方向。',
    'Huấn luyện cần ảnh của ít nhất hai nhãn; hãy thêm ảnh nhãn khác hoặc xác nhận hướng cho ít nhất một lớp.',
  ],
  BATCH_SIZE_UNSUITABLE: [
    'training.batchSize 與 training.samplesPerClass 不相容；請改為至少容納兩個類別的倍數。',
    'training.batchSize 与 training.samplesPerClass 不兼容；请改为至少容纳两个类别的倍数。',
    'training.batchSize không hợp với training.samplesPerClass; hãy đặt bội số chứa được ít nhất hai lớp.',
  ],
  HIDDEN_DIM_AGAINST_HEADS: [
    'model.hiddenDim 必須是 model.attentionHeads 的倍數；請更正其中之一。',
    'model.hiddenDim 必须是 model.attentionHeads 的倍数；请更正其中之一。',
    'model.hiddenDim phải là bội số của model.attentionHeads; hãy sửa một trong hai.',
  ],
  PRETRAINED_MISMATCH: [
    '預訓練權重與模型設定不符；請修正模型設定，或將 model.pretrained 設為 null。',
    '预训练权重与模型设置不符；请更正模型设置，或将 model.pretrained 设为 null。',
    'Trọng số huấn luyện trước không khớp cài đặt mô hình; hãy sửa cài đặt hoặc đặt model.pretrained thành null.',
  ],
  PRETRAINED_UNKNOWN: [
    '無法辨識預訓練權重的格式；請轉換為 timm 的名稱，或選擇其他 model.pretrained。',
    '无法识别预训练权重的格式；请转换为 timm 的名称，或选择其他 model.pretrained。',
    'Không nhận ra dạng trọng số huấn luyện trước; hãy chuyển sang tên của timm hoặc chọn model.pretrained khác.',
  ],
  WEIGHTS_FILE_MALFORMED: [
    '權重檔不完整或已損壞；請重新取得該檔案。',
    '权重文件不完整或已损坏；请重新获取该文件。',
    'Tệp trọng số bị thiếu hoặc hỏng; hãy lấy lại tệp.',
  ],
  WEIGHTS_FILE_UNREADABLE: [
    '無法讀取權重檔；請確認路徑與讀取權限。',
    '无法读取权重文件；请检查路径和读取权限。',
    'Không đọc được tệp trọng số; hãy kiểm tra đường dẫn và quyền đọc.',
  ],
} as const satisfies Record<string, Translations>;
