/** Codes whose errors stay English, by the reason. */
export const ENGLISH_ONLY_CODES = {
  /** Broken promises between parts of the training engine: words for whoever mends the program, not for its users. */
  engineInternals: [
    'BATCH_SHAPE',
    'LABEL_RANGE',
    'LOWERING_MISSING',
    'LOWERING_ORDER',
    'NO_GRADIENT',
    'SESSION_DISPOSED',
    'STATE_SHAPE',
    'STATE_TENSOR_MISSING',
    'STATE_TENSOR_UNKNOWN',
    'TFJS_BACKEND',
    'TRACE_BACKEND_SWITCH',
    'TRACE_FOREIGN_TENSOR',
    'TRACE_NOT_RECORDING',
    'TRACE_OUTPUT_TWICE',
    'TRACE_READS_DATA',
    'UNKNOWN_GRAPH_INPUT',
  ],
  /** Raised for options of the command line alone, which speaks English. */
  commandLine: [
    'CLASS_WITHOUT_GOLDEN',
    'DATA_EMPTY',
    'DATA_MISSING',
    'DATA_NOT_LABELLED',
    'EMBEDDING_FORMAT_UNKNOWN',
    'INPUT_FOLDER_UNREADABLE',
    'ORIENTATION_UNKNOWN',
    'SUMMARY_UNREADABLE',
  ],
  /** The process does not start, so that no request is ever answered with it. */
  startUp: [
    'ADDRESS_NOT_AVAILABLE',
    'ADMIN_REQUIRED',
    'DATA_FOLDER_UNWRITABLE',
    'EMBEDDED_POSTGRES_FAILED',
    'EMBEDDED_POSTGRES_MISSING',
    'NOT_BUILT',
    'POSTGRES_USER_MISSING',
    'WORKER_NOT_STARTED',
  ],
} as const;
