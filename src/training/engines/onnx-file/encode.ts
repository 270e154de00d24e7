import type {
  OnnxAttribute,
  OnnxElementType,
  OnnxModel,
  OnnxNode,
  OnnxSequenceInfo,
  OnnxTensor,
  OnnxValueInfo,
} from './model.js';
import { littleEndianBytes, ProtobufWriter } from './protobuf.js';

/** TensorProto.DataType. */
const ELEMENT_TYPES: Readonly<Record<OnnxElementType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };
const IR_VERSION = 8;

/** Serialises a model; field numbers are those of onnx.proto3. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const writer = new ProtobufWriter().integer(1, IR_VERSION).text(2, 'polarline').message(7, encodeGraph(model));
  for (const [domain, version] of model.opsets)
    writer.message(8, new ProtobufWriter().text(1, domain).integer(2, version));
  for (const [key, value] of Object.entries(model.metadata ?? {}))
    writer.message(14, new ProtobufWriter().text(1, key).text(2, value));
  return writer.finish();
}

function encodeGraph(model: OnnxModel): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const node of model.nodes) writer.message(1, encodeNode(node));
  writer.text(2, 'polarline');
  for (const [name, tensor] of model.initializers) writer.message(5, encodeTensor(name, tensor));
  for (const input of model.inputs) writer.message(11, encodeValueInfo(input));
  for (const output of model.outputs) writer.message(12, encodeValueInfo(output));
  return writer;
}

function encodeNode(node: OnnxNode): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const input of node.inputs) writer.text(1, input);
  for (const output of node.outputs) writer.text(2, output);
  writer.text(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) writer.message(5, encodeAttribute(name, attribute));
  if (node.domain !== '') writer.text(7, node.domain);
  return writer;
}

function encodeAttribute(name: string, attribute: OnnxAttribute): ProtobufWriter {
  const writer = new ProtobufWriter().text(1, name);
  if ('int' in attribute) return writer.integer(3, attribute.int).integer(20, 2);
  if ('float' in attribute) return writer.float(2, attribute.float).integer(20, 1);
  if ('text' in attribute) return writer.text(4, attribute.text).integer(20, 3);
  if ('ints' in attribute) return writer.packedIntegers(8, attribute.ints).integer(20, 7);
  return writer.packedFloats(7, attribute.floats).integer(20, 6);
}

function encodeTensor(name: string, { type, shape, data }: OnnxTensor): ProtobufWriter {
  return new ProtobufWriter()
    .packedIntegers(1, shape)
    .integer(2, ELEMENT_TYPES[type])
    .text(8, name)
    .bytes(9, littleEndianBytes(data));
}

function encodeValueInfo(info: OnnxValueInfo | OnnxSequenceInfo): ProtobufWriter {
  const type =
    'sequenceOf' in info
      ? new ProtobufWriter().message(
          4,
          new ProtobufWriter().message(1, new ProtobufWriter().message(1, tensorType(info.sequenceOf))),
        )
      : new ProtobufWriter().message(1, tensorType(info.type).message(2, encodeShape(info.shape)));
  return new ProtobufWriter().text(1, info.name).message(2, type);
}

function tensorType(type: OnnxElementType): ProtobufWriter {
  return new ProtobufWriter().integer(1, ELEMENT_TYPES[type]);
}

function encodeShape(shape: OnnxValueInfo['shape']): ProtobufWriter {
  const dimensions = new ProtobufWriter();
  for (const size of shape)
    dimensions.message(
      1,
      typeof size === 'number' ? new ProtobufWriter().integer(1, size) : new ProtobufWriter().text(2, size),
    );
  return dimensions;
}
