/** tfjs kernels by what they do to shapes; tracing, simplification and lowering share these lists. */
export const UNARY_KERNELS: ReadonlySet<string> = new Set([
  'Abs',
  'Acos',
  'Ceil',
  'ClipByValue',
  'Cos',
  'Exp',
  'Floor',
  'Log',
  'Log1p',
  'LogicalNot',
  'Neg',
  'Reciprocal',
  'Relu',
  'Rsqrt',
  'Sigmoid',
  'Sign',
  'Sin',
  'Softplus',
  'Sqrt',
  'Square',
  'Step',
  'Tanh',
]);

export const ARITHMETIC_KERNELS: ReadonlySet<string> = new Set([
  'Add',
  'Maximum',
  'Minimum',
  'Multiply',
  'Pow',
  'RealDiv',
  'SquaredDifference',
  'Sub',
]);

export const COMPARISON_KERNELS: ReadonlySet<string> = new Set([
  'Equal',
  'Greater',
  'GreaterEqual',
  'Less',
  'LessEqual',
  'LogicalAnd',
  'LogicalOr',
  'NotEqual',
]);

export const REDUCTION_KERNELS: ReadonlySet<string> = new Set(['Max', 'Mean', 'Min', 'Prod', 'Sum']);
