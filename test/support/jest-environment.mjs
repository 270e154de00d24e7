import { TestEnvironment } from 'jest-environment-node';

// Native modules (onnxruntime-node, sharp) check `instanceof` against the outer realm's constructors,
// so Jest's sandbox must hand out those and not its own.
const OUTER_REALM = {
  ArrayBuffer,
  SharedArrayBuffer,
  DataView,
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  WebAssembly,
};

export default class OuterRealmEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    Object.assign(this.global, OUTER_REALM);
  }
}
