import { badInput, Random } from '../../../common/index.js';
import type { BufferSpec, ParameterSpec } from '../../models/model.js';
import type { AdamW, AdamWRange } from '../adamw/adamw.js';
import type { NamedTensors } from '../engine.js';

/** Floats to which every tensor is aligned in its plane: one cache line. */
const ALIGNMENT = 16;

export interface Placement {
  readonly offset: number;
  readonly length: number;
  readonly shape: readonly number[];
}

export interface PlaneLayout {
  readonly length: number;
  readonly placements: ReadonlyMap<string, Placement>;
}

/** A run of neighbours that AdamW treats alike. */
export interface ParameterRange extends AdamWRange {
  readonly group: ParameterSpec['group'];
  readonly decayExempt: boolean;
}

export interface ParameterLayout extends PlaneLayout {
  readonly ranges: readonly ParameterRange[];
}

interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

function place(specs: readonly NamedShape[], start = 0): PlaneLayout {
  let offset = start;
  const placements = new Map<string, Placement>();
  for (const { name, shape } of specs) {
    if (placements.has(name)) throw new RangeError(`two tensors are named ${name}`);
    const length = shape.reduce((product, size) => product * size, 1);
    placements.set(name, { offset, length, shape });
    offset += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
  }
  return { length: offset, placements };
}

export function placeBuffers(buffers: readonly BufferSpec[]): PlaneLayout {
  return place(buffers);
}

/** Parameters sorted so that each learning-rate group and decay class is one contiguous range. */
export function placeParameters(parameters: readonly ParameterSpec[]): ParameterLayout {
  const placements = new Map<string, Placement>();
  const ranges: ParameterRange[] = [];
  let offset = 0;
  for (const group of ['backbone', 'head'] as const)
    for (const decayExempt of [false, true]) {
      const members = parameters.filter((spec) => spec.group === group && spec.decayExempt === decayExempt);
      const part = place(members, offset);
      part.placements.forEach((placement, name) => placements.set(name, placement));
      if (part.length > offset) ranges.push({ offset, count: part.length - offset, group, decayExempt });
      offset = part.length;
    }
  if (placements.size !== parameters.length) throw new RangeError('two parameters share a name');
  return { length: offset, placements, ranges };
}

export function view(plane: Float32Array, { offset, length }: Placement): Float32Array {
  return plane.subarray(offset, offset + length);
}

/** Copies every tensor out of a plane. */
export function readPlane(plane: Float32Array, { placements }: PlaneLayout): NamedTensors {
  return new Map(
    [...placements].map(([name, placement]) => [
      name,
      { shape: placement.shape, data: Float32Array.from(view(plane, placement)) },
    ]),
  );
}

/** Copies tensors into a plane; names and shapes must fit exactly. */
export function writePlane(plane: Float32Array, { placements }: PlaneLayout, tensors: NamedTensors): void {
  for (const [name, placement] of placements) {
    const tensor = tensors.get(name);
    if (tensor === undefined)
      throw badInput('STATE_TENSOR_MISSING', `The training state lacks ${name}; it belongs to another model`);
    if (tensor.shape.join() !== placement.shape.join())
      throw badInput(
        'STATE_SHAPE',
        `${name}: expected shape [${placement.shape.join(', ')}], got [${tensor.shape.join(', ')}]; the state belongs to another model`,
      );
    view(plane, placement).set(tensor.data);
  }
  for (const name of tensors.keys())
    if (!placements.has(name))
      throw badInput('STATE_TENSOR_UNKNOWN', `The training state holds ${name}, which this model does not have`);
}

/** Seeded start values, the same for a parameter whatever its neighbours. */
export function initialiseParameters(
  { parameters }: Pick<AdamW, 'parameters'>,
  layout: PlaneLayout,
  specs: readonly ParameterSpec[],
  seed: number,
): void {
  for (const spec of specs)
    spec.initialise(new Random(`${seed}/${spec.name}`), view(parameters, layout.placements.get(spec.name)!));
}

export function initialiseBuffers(plane: Float32Array, layout: PlaneLayout, specs: readonly BufferSpec[]): void {
  for (const spec of specs) view(plane, layout.placements.get(spec.name)!).fill(spec.initialValue);
}
