import { existsSync } from 'node:fs';
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

// The loader of Vulkan drivers reads the real environment, of which Jest's sandbox has only a copy.
const DRIVER_VARIABLE = 'VK_ICD_FILENAMES';
const SOFTWARE_DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

export default class OuterRealmEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    Object.assign(this.global, OUTER_REALM);
    // `@jest-environment-options {"graphics": true}`: a graphics processor in software where none was named.
    if (config.projectConfig.testEnvironmentOptions.graphics && existsSync(SOFTWARE_DRIVER))
      process.env[DRIVER_VARIABLE] ??= SOFTWARE_DRIVER;
    // `@jest-environment-options {"timeZone": "Asia/Taipei"}`: where the tests of a file are run.
    const { timeZone } = config.projectConfig.testEnvironmentOptions;
    this.timeZoneBefore = process.env.TZ;
    if (timeZone !== undefined) process.env.TZ = timeZone;
  }

  async teardown() {
    if (process.env[DRIVER_VARIABLE] === SOFTWARE_DRIVER) delete process.env[DRIVER_VARIABLE];
    if (this.timeZoneBefore === undefined) delete process.env.TZ;
    else process.env.TZ = this.timeZoneBefore;
    await super.teardown();
  }
}
