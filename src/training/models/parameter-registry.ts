import type { BufferSpec, ParameterSpec } from './model.js';
import type { Initialiser } from './initialisers.js';

/**
 * Collects what a model's layers own, by PyTorch state-dict name. `at` gives a view whose names start with
 * a sub-path, as `nn.Module` children do.
 */
export class ParameterRegistry {
  readonly parameters: ParameterSpec[] = [];
  readonly buffers: BufferSpec[] = [];

  constructor(private readonly prefix: string) {}

  at(path: string): ParameterRegistry {
    const child = new ParameterRegistry(`${this.prefix}.${path}`);
    // One list for the whole tree.
    return Object.assign(child, { parameters: this.parameters, buffers: this.buffers });
  }

  /** Registers a parameter and returns its full name. */
  parameter(
    localName: string,
    shape: readonly number[],
    initialise: Initialiser,
    options: { decayExempt: boolean },
  ): string {
    const name = `${this.prefix}.${localName}`;
    // The original's optimiser groups by this substring.
    const group = name.includes('backbone') ? 'backbone' : 'head';
    this.parameters.push({ name, shape, group, decayExempt: options.decayExempt, initialise });
    return name;
  }

  buffer(localName: string, shape: readonly number[], initialValue: number): string {
    const name = `${this.prefix}.${localName}`;
    this.buffers.push({ name, shape, initialValue });
    return name;
  }
}
