import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { z } from 'zod';

import { AppError } from '../../common/index.js';
import { trainConfigSchema } from '../../training/config.js';
import { appConfigSchema, loadAppConfig, packageRoot } from './app-config.js';
import { databaseConfigsSchema, loadSites } from './database-config.js';
import { readEnvironment } from './environment.js';
import { loadYamlConfig, validateConfig } from './load-yaml-config.js';
import { applyOverrides } from './overrides.js';
import { leafPaths } from './schema-info.js';

const folder = mkdtempSync(join(tmpdir(), 'polarline-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(text: string, name = 'f.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function failure(action: () => unknown): AppError {
  try {
    action();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('expected an AppError, got success');
}

const configs = join(packageRoot(), 'configs');
const schemas: Record<string, z.ZodType> = {
  'configs.yaml': appConfigSchema,
  'train_configs.yaml': trainConfigSchema,
  'database_configs.yaml': databaseConfigsSchema,
};

describe('the files in configs/', () => {
  it.each(readdirSync(configs, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(ya?ml|json)$/.test(name)))(
    '%s is valid',
    (name) => {
      const schema = schemas[basename(name)] ?? trainConfigSchema;
      expect(() => loadYamlConfig(join(configs, name), schema, { references: 'keep' })).not.toThrow();
    },
  );

  it.each([
    ['configs.yaml', appConfigSchema],
    ['train_configs.yaml', trainConfigSchema],
  ])('%s spells out the defaults', (name, schema) => {
    expect(loadYamlConfig(join(configs, name), schema as z.ZodType)).toEqual(schema.parse({}));
  });
});

describe.each([
  ['configs.yaml', appConfigSchema as z.ZodType],
  ['train_configs.yaml', trainConfigSchema as z.ZodType],
])('a bad value in %s', (_name, schema) => {
  it.each(leafPaths(schema))('%s is refused by name and line', (path) => {
    const file = write(`# a comment\n${stringify(applyOverrides({}, [`${path}=[[]]`]))}`);
    const error = failure(() => loadYamlConfig(file, schema));
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(path.split('.').slice(0, 2).join('.'));
    expect(error.message).toMatch(/f\.yaml:[2-9]/);
  });
});

describe('loadYamlConfig', () => {
  it('says what was expected, what came and on which line', () => {
    const file = write('data:\n  # size\n  imageSizePx: 20\n');
    expect(failure(() => loadYamlConfig(file, trainConfigSchema)).message).toBe(
      `data.imageSizePx: expected 32..1024, got 20 (${file}:3)`,
    );
  });

  it('lists every problem at once', () => {
    const file = write('data: {imageSizePx: 20, labels: both}\ntraining: {enableEarlyStopping: 1}\n');
    const { message } = failure(() => loadYamlConfig(file, trainConfigSchema));
    expect(message.split('\n')).toEqual([
      `data.imageSizePx: expected 32..1024, got 20 (${file}:1)`,
      `data.labels: expected one of orientation, component, got "both" (${file}:1)`,
      `training.enableEarlyStopping: expected true or false, got 1 (${file}:2)`,
    ]);
  });

  it.each([
    ['training:\n  max_epochs: 3\n', 'training.max_epochs: unknown key; did you mean training.maxEpochs?'],
    ['trainin:\n  maxEpochs: 3\n', 'trainin: unknown key; did you mean training?'],
    ['knn:\n  zzzzzzzz: 3\n', 'knn.zzzzzzzz: unknown key; valid keys: k'],
  ])('refuses an unknown key with the nearest valid one', (text, message) => {
    expect(failure(() => loadYamlConfig(write(text), trainConfigSchema)).message).toContain(message);
  });

  it('reads JSON and a byte order mark', () => {
    expect(loadYamlConfig(write('\uFEFF{"knn": {"k": 5}}', 'f.json'), trainConfigSchema).knn.k).toBe(5);
  });

  it.each([
    ['training: [unclosed', /f\.yaml:\d+:\d+: expected YAML or JSON/],
    ['a: 1\na: 2\n', /f\.yaml:2:1: expected YAML or JSON, got: Map keys must be unique/],
    ['- one\n', /f\.yaml:1: expected a block of keys, got \["one"\]/],
  ])('points at bad syntax', (text, message) => {
    expect(failure(() => loadYamlConfig(write(text), trainConfigSchema)).message).toMatch(message);
  });

  it('treats an empty file as all defaults and a missing one as bad input', () => {
    expect(loadYamlConfig(write('# nothing\n'), trainConfigSchema)).toEqual(trainConfigSchema.parse({}));
    expect(failure(() => loadYamlConfig(join(folder, 'none.yaml'), trainConfigSchema)).code).toBe('CONFIG_UNREADABLE');
  });

  it('lays overrides over the file and names them in problems', () => {
    const file = write('training: {maxEpochs: 3}\n');
    const config = loadYamlConfig(file, trainConfigSchema, {
      overrides: ['training.maxEpochs=30', 'model.pretrained=null', 'experiment.name=a b'],
    });
    expect([config.training.maxEpochs, config.model.pretrained, config.experiment.name]).toEqual([30, null, 'a b']);
    const error = failure(() => loadYamlConfig(file, trainConfigSchema, { overrides: ['training.maxEpochs=0'] }));
    expect(error.message).toBe('training.maxEpochs: expected 1..10000, got 0 (--set training.maxEpochs=0)');
  });

  it.each(['training', '=3', 'a..b=3', '__proto__.x=1', 'a=[1'])('refuses the override %s', (assignment) => {
    expect(failure(() => applyOverrides({}, [assignment])).code).toBe('OVERRIDE_INVALID');
  });

  it('returns a result that is frozen at every depth', () => {
    const config = loadYamlConfig(write(''), trainConfigSchema);
    expect(() => Object.assign(config.training, { maxEpochs: 1 })).toThrow(TypeError);
  });

  it('checks plain data with the name of its source', () => {
    const error = failure(() => validateConfig(trainConfigSchema, { knn: { k: 0 } }, { source: 'request body' }));
    expect(error.message).toBe('knn.k: expected 1..100, got 0 (request body)');
  });
});

describe('references', () => {
  const schema = z.strictObject({ a: z.string() });

  it('take environment variables, defaults and files', () => {
    process.env.POLARLINE_TEST_REFERENCE = 'from env';
    write('from file\n', 'secret');
    const load = (text: string): string => loadYamlConfig(write(`a: "${text}"`), schema).a;
    expect(load('x ${POLARLINE_TEST_REFERENCE} y')).toBe('x from env y');
    expect(load('${POLARLINE_TEST_NONE:-fallback}')).toBe('fallback');
    expect(load('${file:secret}')).toBe('from file');
    expect(load('$${PLAIN}')).toBe('${PLAIN}');
    delete process.env.POLARLINE_TEST_REFERENCE;
  });

  it('that lead nowhere say what to set, with the line', () => {
    const missing = failure(() => loadYamlConfig(write('# c\na: ${POLARLINE_TEST_NONE}'), schema));
    expect(missing.message).toMatch(/expected the environment variable POLARLINE_TEST_NONE to be set.*f\.yaml:2\)/);
    const file = failure(() => loadYamlConfig(write('a: ${file:absent}'), schema));
    expect(file.message).toMatch(/expected a readable file at .*absent, got ENOENT/);
  });
});

describe('loadAppConfig', () => {
  const path = write('storage: {dataFolder: data, runsFolder: my-runs}\nlogging: {level: warn}\n', 'configs.yaml');

  it('lets --set win over the environment and that over the file', () => {
    const env = readEnvironment({
      POLARLINE_LOG_LEVEL: 'debug',
      POLARLINE_PORT: '9000',
      DATABASE_URL: 'postgresql://h/d',
    });
    const config = loadAppConfig({ path, environment: env, overrides: ['server.port=0'] });
    expect([config.logging.level, config.server.port, config.database.url]).toEqual(['debug', 0, 'postgresql://h/d']);
  });

  it('keeps the blocked layout unless POLARLINE_NCHWC says off', () => {
    const blocked = (value?: string) => readEnvironment({ POLARLINE_NCHWC: value }).blockedLayout;
    expect([blocked(), blocked('on'), blocked(''), blocked('off'), blocked('OFF'), blocked('0')]).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('makes folders absolute, runs inside the data folder', () => {
    const { storage } = loadAppConfig({ path, environment: readEnvironment({ POLARLINE_DATA: folder }) });
    expect(storage.dataFolder).toBe(folder);
    expect(storage.runsFolder).toBe(join(folder, 'my-runs'));
  });

  it('refuses a public address with a path, at which no page would be', () => {
    const load = (url: string) =>
      loadAppConfig({ overrides: [`server.publicUrl=${url}`], environment: readEnvironment({}) });
    expect(load('https://polarline.test').server.publicUrl).toBe('https://polarline.test');
    expect(load('https://polarline.test:8443/').server.publicUrl).toBe('https://polarline.test:8443/');
    for (const url of ['https://proxy.test/polarline', 'https://proxy.test/?a=b', 'ftp://proxy.test'])
      expect(() => load(url)).toThrow('server.publicUrl');
  });

  it('refuses a public address without allowed input roots', () => {
    const environment = readEnvironment({ POLARLINE_HOST: '0.0.0.0' });
    expect(failure(() => loadAppConfig({ path, environment })).message).toContain(
      'server.allowedInputRoots: expected at least one folder because server.host is 0.0.0.0',
    );
  });
});

describe('loadSites', () => {
  it('names the known sites when asked for another, and never a secret', () => {
    const sites = loadSites(join(configs, 'database_configs.yaml'));
    expect(sites.siteNames).toEqual(['HPH', 'JQ', 'OFFLINE']);
    const error = failure(() => sites.site('HPHH'));
    expect(error.message).toContain('site: expected one of HPH, JQ, OFFLINE, got "HPHH"; did you mean HPH?');
    expect(failure(() => sites.site('constructor')).code).toBe('SITE_UNKNOWN');
  });

  it('resolves the secrets of a site only when that site is used', () => {
    const path = write(
      'sites:\n  A: {source: csv, path: "${POLARLINE_TEST_NONE}"}\n  B: {source: csv, path: rows.csv}\n',
      'database_configs.yaml',
    );
    expect(loadSites(path).site('B')).toEqual({ source: 'csv', path: join(folder, 'rows.csv') });
    expect(failure(() => loadSites(path).site('A')).code).toBe('CONFIG_VARIABLE_MISSING');
  });

  it.each([
    ['ssh: {host: h, user: u, hostKeyFingerprint: "SHA256:x"}', 'expected password or privateKey, got neither'],
    ['ssh: {host: h, user: u, password: p}', 'expected hostKeyFingerprint or knownHosts, got neither'],
    [
      'ssh: {host: h, usr: u, password: p, knownHosts: f}',
      'sites.A.ssh.usr: unknown key; did you mean sites.A.ssh.user?',
    ],
    ['prt: 5432', 'sites.A.prt: unknown key; did you mean sites.A.port?'],
  ])('refuses a site with %s', (line, message) => {
    const path = write(`sites:\n  A: {host: h, database: d, user: u, password: p, ${line}}\n`, 'database_configs.yaml');
    expect(failure(() => loadSites(path)).message).toContain(message);
  });
});
