import protobuf from 'protobufjs/minimal.js';

/** ONNX enum values used here: TensorProto.FLOAT, AttributeProto.INT. */
const FLOAT = 1;
const ATTRIBUTE_INT = 2;

/**
 * ONNX bytes of `distances = Relu(queries · galleryᵀ)` with queries [q, d] and gallery [g, d]. The
 * operands carry the rest of the formula in extra columns (see `distance-blocks.ts`), so one graph
 * serves cosine and Euclidean distances; Relu takes away the negative noise of rounding.
 */
export function distanceGraph(): Uint8Array {
  const w = protobuf.Writer.create();
  w.uint32(tag(1, 0)).int64(8); // ir_version
  w.uint32(tag(2, 2)).string('polarline');
  w.uint32(tag(7, 2)).fork(); // graph
  node(w, 'Gemm', ['queries', 'gallery'], 'product', 'transB');
  node(w, 'Relu', ['product'], 'distances');
  w.uint32(tag(2, 2)).string('distances');
  valueInfo(w, 11, 'queries', ['q', 'd']);
  valueInfo(w, 11, 'gallery', ['g', 'd']);
  valueInfo(w, 12, 'distances', ['q', 'g']);
  w.ldelim();
  w.uint32(tag(8, 2)).fork().uint32(tag(2, 0)).int64(17).ldelim(); // opset_import
  return w.finish();
}

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

function node(w: protobuf.Writer, op: string, inputs: string[], output: string, flag?: string): void {
  w.uint32(tag(1, 2)).fork();
  for (const input of inputs) w.uint32(tag(1, 2)).string(input);
  w.uint32(tag(2, 2)).string(output);
  w.uint32(tag(4, 2)).string(op);
  if (flag !== undefined) {
    w.uint32(tag(5, 2)).fork();
    w.uint32(tag(1, 2)).string(flag);
    w.uint32(tag(3, 0)).int64(1);
    w.uint32(tag(20, 0)).int32(ATTRIBUTE_INT);
    w.ldelim();
  }
  w.ldelim();
}

function valueInfo(w: protobuf.Writer, field: number, name: string, dims: string[]): void {
  w.uint32(tag(field, 2)).fork();
  w.uint32(tag(1, 2)).string(name);
  w.uint32(tag(2, 2)).fork(); // type
  w.uint32(tag(1, 2)).fork(); // tensor_type
  w.uint32(tag(1, 0)).int32(FLOAT);
  w.uint32(tag(2, 2)).fork(); // shape
  for (const dim of dims) w.uint32(tag(1, 2)).fork().uint32(tag(2, 2)).string(dim).ldelim();
  w.ldelim().ldelim().ldelim().ldelim();
}
