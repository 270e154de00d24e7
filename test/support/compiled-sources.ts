import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { transform } from '@swc/core';

import { writeFileAtomic } from '../../src/common/index.js';

/** The project, also when this file itself was compiled for the benchmarks. */
const ROOT = join(import.meta.dirname.replace(/([/\\])dist-bench[/\\]/, '$1'), '..', '..');
let pending: Promise<string> | undefined;

/**
 * Compiles `src` with SWC into a folder below the project, for tests that start real Node processes; returns
 * that folder. The folder of this process is removed by `removeCompiledSources`.
 */
export function compiledSources(): Promise<string> {
  pending ??= compile(folder());
  return pending;
}

export async function removeCompiledSources(): Promise<void> {
  pending = undefined;
  await rm(folder(), { recursive: true, force: true });
}

/** Below the project, so that imports find node_modules, and one level deep as `dist` is. */
const folder = (): string => join(ROOT, `.cache/test-dist-${process.pid}`, 'src');

async function compile(target: string): Promise<string> {
  const source = join(ROOT, 'src');
  const names = await readdir(source, { recursive: true });
  const wanted = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  await Promise.all(
    wanted.map(async (name) => {
      const { code } = await transform(await readFile(join(source, name), 'utf8'), {
        filename: name,
        swcrc: false,
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          target: 'es2023',
        },
        module: { type: 'es6' },
      });
      const path = join(target, name.replace(/\.ts$/, '.js'));
      await mkdir(dirname(path), { recursive: true });
      await writeFileAtomic(path, code);
    }),
  );
  return target;
}
