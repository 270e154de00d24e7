import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface GpuUse {
  readonly index: string;
  readonly useRatio: number;
  readonly memoryBytes: number;
  readonly name: string;
  readonly totalMemoryBytes: number;
}

const MIB = 1024 * 1024;
const run = promisify(execFile);
const ARGUMENTS = ['--query-gpu=index,utilization.gpu,memory.used,name,memory.total', '--format=csv,noheader,nounits'];
let absent = false;

/** What NVIDIA's own tool tells; empty where there is none. */
export async function readGpuUse(): Promise<GpuUse[]> {
  if (absent) return [];
  try {
    const { stdout } = await run('nvidia-smi', ARGUMENTS, { timeout: 2_000, windowsHide: true });
    return stdout
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(',').map((cell) => cell.trim()))
      .map(([index = '', use, memoryMiB, name = '', totalMiB]) => ({
        index,
        useRatio: Number(use) / 100,
        memoryBytes: Number(memoryMiB) * MIB,
        name,
        totalMemoryBytes: Number(totalMiB) * MIB,
      }));
  } catch (error) {
    absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return [];
  }
}
