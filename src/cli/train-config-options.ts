import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { badInput, nearest } from '../common/index.js';
import { applyOverrides, loadYamlConfig, packageRoot, validateConfig } from '../infra/config/index.js';
import { trainConfigSchema } from '../training/config.js';
import type { TrainConfigOverrides } from '../modules/settings/index.js';

export interface TrainConfigWishSpec {
  /** Name of a file in `configs/examples`, without its ending. */
  readonly preset?: string;
  readonly configPath?: string;
  /** `key.path=value` over both. */
  readonly assignments: readonly string[];
}

type Plain = Record<string, unknown>;

/**
 * The training settings asked for on the command line: a preset, a file over it, and single values over both.
 * All of it is checked here, so that a mistake is told with its line before anything is started. Returns only
 * what was asked for; the rest comes from the configuration folder.
 */
export async function trainConfigWishes(spec: TrainConfigWishSpec): Promise<TrainConfigOverrides> {
  const { preset, configPath, assignments } = spec;
  const base = preset === undefined ? {} : await readPlain(await presetPath(preset));
  if (configPath !== undefined) loadYamlConfig(configPath, trainConfigSchema, { overrides: assignments });
  const own = configPath === undefined ? {} : await readPlain(configPath);
  const wishes = applyOverrides(layBlocks(base, own), assignments);
  validateConfig(trainConfigSchema, wishes, {
    source: preset === undefined ? '--set' : `--preset ${preset}`,
    locate: (path) => {
      const assignment = assignments.find((one) => one.startsWith(`${path.map(String).join('.')}=`));
      return assignment === undefined ? '--set' : `--set ${assignment}`;
    },
  });
  return wishes as TrainConfigOverrides;
}

async function presetPath(name: string): Promise<string> {
  const folder = join(packageRoot(), 'configs', 'examples');
  const known = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).map((file) => basename(file, '.yaml'));
  if (known.includes(name)) return join(folder, `${name}.yaml`);
  const near = nearest(name, known);
  throw badInput(
    'PRESET_UNKNOWN',
    `--preset: expected one of ${known.sort().join(', ')}, got "${name}"${near === undefined ? '' : `; did you mean ${near}?`}`,
    { preset: name, known },
  );
}

async function readPlain(path: string): Promise<Plain> {
  return (parse(await readFile(path, 'utf8')) ?? {}) as Plain;
}

/** Block by block, key by key, as the service lays wishes over its configuration. */
function layBlocks(base: Plain, over: Plain): Plain {
  const merged: Plain = { ...base };
  for (const [name, block] of Object.entries(over)) {
    const below = merged[name];
    merged[name] = isPlain(below) && isPlain(block) ? { ...below, ...block } : block;
  }
  return merged;
}

function isPlain(value: unknown): value is Plain {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
