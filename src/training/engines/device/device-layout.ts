import { badInput, Random } from '../../../common/index.js';
import type { BufferSpec, ParameterSpec } from '../../models/model.js';
import type { NamedTensors } from '../engine.js';
import { elementCount } from '../graph/graph.js';

/** Planes are filled with zeros up to a multiple of this, so that sums over them can go row by row. */
export const ROW = 1024;

interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface DeviceEntry extends NamedShape {
  readonly offset: number;
  readonly length: number;
}

/** Tensors end to end in one plane; `length` is a multiple of ROW. */
export interface DevicePlane {
  readonly entries: readonly DeviceEntry[];
  readonly length: number;
}

/** The parameters that AdamW treats alike, in one plane. */
export interface DeviceRange extends DevicePlane {
  readonly group: ParameterSpec['group'];
  readonly decayExempt: boolean;
}

/** How a session's state lies on a device: a few large planes, since every tensor costs a launch or more. */
export interface DeviceLayout {
  readonly ranges: readonly DeviceRange[];
  readonly buffers: DevicePlane;
}

export function layOut(parameters: readonly ParameterSpec[], buffers: readonly BufferSpec[]): DeviceLayout {
  const ranges = (['backbone', 'head'] as const).flatMap((group) =>
    [false, true].flatMap((decayExempt) => {
      const members = parameters.filter((spec) => spec.group === group && spec.decayExempt === decayExempt);
      return members.length === 0 ? [] : [{ ...plane(members), group, decayExempt }];
    }),
  );
  return { ranges, buffers: plane(buffers) };
}

function plane(specs: readonly NamedShape[]): DevicePlane {
  let offset = 0;
  const entries = specs.map(({ name, shape }) => {
    const entry = { name, shape, offset, length: elementCount(shape) };
    offset += entry.length;
    return entry;
  });
  return { entries, length: Math.max(1, Math.ceil(offset / ROW)) * ROW };
}

/** Copies tensors into a fresh plane. @throws AppError `STATE_TENSOR_MISSING`, `STATE_SHAPE`. */
export function pack({ entries, length }: DevicePlane, tensors: NamedTensors): Float32Array {
  const data = new Float32Array(length);
  for (const { name, shape, offset } of entries) {
    const tensor = tensors.get(name);
    if (tensor === undefined)
      throw badInput('STATE_TENSOR_MISSING', `The training state lacks ${name}; it belongs to another model`);
    if (tensor.shape.join() !== shape.join())
      throw badInput(
        'STATE_SHAPE',
        `${name}: expected shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}]; the state belongs to another model`,
      );
    data.set(tensor.data, offset);
  }
  return data;
}

/** Copies every tensor out of planes. */
export function unpack(planes: readonly DevicePlane[], data: readonly Float32Array[]): NamedTensors {
  return new Map(
    planes.flatMap(({ entries }, i) =>
      entries.map(({ name, shape, offset, length }) => [
        name,
        { shape, data: data[i]!.slice(offset, offset + length) },
      ]),
    ),
  );
}

/** @throws AppError `STATE_TENSOR_UNKNOWN` for a tensor that no plane has a place for. */
export function requireKnown(planes: readonly DevicePlane[], tensors: NamedTensors): void {
  const known = new Set(planes.flatMap(({ entries }) => entries.map(({ name }) => name)));
  for (const name of tensors.keys())
    if (!known.has(name))
      throw badInput('STATE_TENSOR_UNKNOWN', `The training state holds ${name}, which this model does not have`);
}

/** Seeded start values, the same as those of every other engine. */
export function initialParameters(specs: readonly ParameterSpec[], seed: number): NamedTensors {
  return new Map(
    specs.map(({ name, shape, initialise }) => {
      const data = new Float32Array(elementCount(shape));
      initialise(new Random(`${seed}/${name}`), data);
      return [name, { shape, data }];
    }),
  );
}

export function initialBuffers(specs: readonly BufferSpec[]): NamedTensors {
  return new Map(
    specs.map(({ name, shape, initialValue }) => [
      name,
      { shape, data: new Float32Array(elementCount(shape)).fill(initialValue) },
    ]),
  );
}
