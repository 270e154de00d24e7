import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { parse } from 'yaml';
import { packageRoot } from '../infra/config/index.js';
import { readEnvironment } from '../infra/config/environment.js';
import { QUEUE_NAMES } from '../infra/queue/index.js';
import { COMMANDS } from './run-cli.js';

const read = (name: string): string => readFileSync(join(packageRoot(), 'deploy', name), 'utf8');

interface ComposeService {
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly build?: { readonly context: string; readonly dockerfile: string };
}

/** The names that Polarline takes from the environment, as it asks for them. */
function knownVariables(): Set<string> {
  const names = new Set<string>();
  readEnvironment(new Proxy({}, { get: (_target, name) => void names.add(String(name)) }));
  return names;
}

/** Queues that a command line takes jobs from. @throws Error for a command or an option that does not exist */
function queuesOf(line: readonly string[]): readonly string[] {
  const [name, ...args] = line;
  const spec = COMMANDS.find((command) => command.name === name);
  if (!spec) throw new Error(`there is no command ${name}`);
  const command = spec.define(new Command(name));
  const { unknown, operands } = command.parseOptions([...args]);
  if (unknown.length + operands.length > 0)
    throw new Error(`${name} does not take ${[...unknown, ...operands].join()}`);
  const { queues, worker } = command.opts<{ queues?: string; worker?: boolean }>();
  if (name === 'worker') return queues?.split(',') ?? QUEUE_NAMES;
  return worker === false ? [] : QUEUE_NAMES;
}

describe('the examples in deploy/', () => {
  const compose = parse(read('docker-compose.yaml'), { merge: true }) as { services: Record<string, ComposeService> };
  const ours = Object.values(compose.services).filter(({ build }) => build !== undefined);
  const dockerfile = read('Dockerfile');
  const unit = read('systemd/polarline.service');
  const workerUnit = read('systemd/polarline-worker@.service');

  it('call commands with options that exist, and together take jobs from every queue', () => {
    expect(ours).toHaveLength(3);
    const inCompose = ours.flatMap(({ command }) => queuesOf(command ?? []));
    expect([...inCompose].sort()).toEqual([...QUEUE_NAMES].sort());
    expect(queuesOf(JSON.parse(/^CMD (.*)$/m.exec(dockerfile)![1]!) as string[])).toEqual([]);
    const program = (text: string): string[] => /^ExecStart=\S+ bin\/polarline\.js (.*)$/m.exec(text)![1]!.split(' ');
    expect(queuesOf(program(unit))).toEqual([]);
    const instances = [...workerUnit.matchAll(/polarline-worker@([a-z,]+)/g)].map((match) => match[1]!);
    const inUnits = instances.flatMap((queues) => queuesOf(program(workerUnit.replaceAll('%I', queues))));
    expect([...inUnits].sort()).toEqual([...QUEUE_NAMES].sort());
  });

  it('set no variable that Polarline does not know', () => {
    const known = knownVariables();
    expect(known).toContain('DATABASE_URL');
    const inCompose = ours.flatMap(({ environment }) => Object.keys(environment));
    const inImage = [.../^ENV (.*)$/m.exec(dockerfile)![1]!.matchAll(/(\w+)=/g)].map((match) => match[1]!);
    const inUnits = [...read('systemd/environment.example').matchAll(/^#? ?([A-Z_]+)=/gm)].map((match) => match[1]!);
    expect(inUnits.length).toBeGreaterThan(3);
    // NODE_ENV is for Express, TZ for Node.
    for (const name of ['NODE_ENV', 'TZ']) known.add(name);
    const unknown = [...inCompose, ...inImage, ...inUnits].filter((name) => !known.has(name));
    expect(unknown).toEqual([]);
  });

  it('name files that are there', () => {
    const [{ build } = {}] = ours;
    expect(existsSync(join(packageRoot(), 'deploy', build!.context, build!.dockerfile))).toBe(true);
    for (const [, names] of dockerfile.matchAll(/^COPY ([^-].*) \S+$/gm))
      for (const name of names!.split(' ')) expect([name, existsSync(join(packageRoot(), name))]).toEqual([name, true]);
    for (const text of [unit, workerUnit, dockerfile]) expect(text).toContain('bin/polarline.js');
    expect(existsSync(join(packageRoot(), 'bin', 'polarline.js'))).toBe(true);
  });

  it('wait longer for a stop than a training takes for its checkpoint', () => {
    const { worker } = parse(readFileSync(join(packageRoot(), 'configs', 'configs.yaml'), 'utf8')) as {
      worker?: { stopSeconds?: number };
    };
    const stopSeconds = worker?.stopSeconds ?? 30;
    for (const text of [unit, workerUnit])
      expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)![1])).toBeGreaterThan(stopSeconds);
    for (const { stop_grace_period: grace } of ours as readonly { stop_grace_period?: string }[])
      expect(Number(/^(\d+)s$/.exec(grace!)![1])).toBeGreaterThan(stopSeconds);
  });
});
