// Child of test/medium/webgpu-failures.spec.ts: brings a device to fail, and prints what the engine makes of it.
import { writeFileSync } from 'node:fs';
import { Tensor } from 'onnxruntime-node';
import { OnnxBuilder } from '../../dist/training/engines/lowering/onnx-builder.js';
import { encodeOnnx } from '../../dist/training/engines/onnx-file/encode.js';
import { createRuntimeSession, runSession } from '../../dist/training/engines/onnx/runtime-session.js';

const [failure, lossFile] = process.argv.slice(2);
const MIB_OF_FLOATS = 262_144;

/** Fills that many MiB on the device and returns their largest value. */
async function fill(mebibytes) {
  const builder = new OnnxBuilder();
  const filled = builder.op('Expand', ['x', builder.ints([mebibytes, MIB_OF_FLOATS])]);
  const largest = builder.op('ReduceMax', [builder.op('Neg', [filled]), builder.ints([0, 1])], {
    attributes: { keepdims: { int: 0 } },
  });
  const model = builder.finish(
    [{ name: 'x', type: 'float32', shape: [1, 1] }],
    [{ name: largest, type: 'float32', shape: [] }],
  );
  const options = { executionProvider: 'webgpu', threads: 1, optimisation: 'none' };
  const session = await createRuntimeSession(encodeOnnx(model), options);
  return async () => {
    const results = await runSession(session, { x: new Tensor('float32', Float32Array.of(2), [1, 1]) });
    return results[largest].data[0];
  };
}

const attempt = async (work) => {
  try {
    return { value: await work() };
  } catch ({ code, kind, message }) {
    return { code, kind, message };
  }
};

const small = await fill(1);
const before = await attempt(small);
if (failure === 'lost') writeFileSync(lossFile, '');
// More than the software driver gives one buffer.
const failed = await attempt(failure === 'lost' ? small : await fill(1200));
const after = await attempt(small);
console.log(JSON.stringify({ before, failed, after }));
