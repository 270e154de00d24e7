import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { TrainConfigInput } from '../training/config.js';
import type { DemoOptions } from './demo-options.js';
import type { Factory } from './factory.js';

/** Writes the three configuration files of the demo; secrets are references, as in real life. */
export async function writeDemoConfigs(
  folder: string,
  site: string,
  factory: Factory,
  options: DemoOptions,
): Promise<void> {
  const appConfig = {
    server: { host: '127.0.0.1', port: 0 },
    storage: { minimumFreeMiB: 200 },
    queue: { attempts: 2, retryDelaySeconds: 1 },
    logging: { level: 'info', format: 'json' },
  };
  await writeFile(join(folder, 'configs.yaml'), stringify(appConfig));
  await writeFile(join(folder, 'train_configs.yaml'), stringify(demoTrainConfig(options)));
  await writeSitesConfig(folder, site, factory);
}

/** Writes `database_configs.yaml` of one site whose database is reached only through its SSH server. */
export async function writeSitesConfig(folder: string, site: string, factory: Factory): Promise<void> {
  const sites = {
    sites: {
      [site]: {
        host: factory.database.host,
        port: factory.database.port,
        database: factory.database.database,
        user: factory.database.user,
        password: '${DEMO_FACTORY_PASSWORD}',
        ...(factory.imageServer === null ? {} : { imageServer: factory.imageServer.url }),
        ssh: {
          host: factory.ssh.host,
          port: factory.ssh.port,
          user: factory.ssh.user,
          password: '${DEMO_SSH_PASSWORD}',
          hostKeyFingerprint: factory.ssh.fingerprint,
        },
      },
    },
  };
  await writeFile(join(folder, 'database_configs.yaml'), stringify(sites));
}

/** A small model on small pictures: minutes on two cores, and still a real training. */
export function demoTrainConfig(options: Pick<DemoOptions, 'seed' | 'maxEpochs'>): TrainConfigInput {
  return {
    experiment: { name: 'demo', seed: options.seed },
    model: { architecture: 'HOAMV2', backbone: 'tiny', embeddingSize: 128 },
    data: { imageSizePx: 64, validationShare: 0.25 },
    training: { maxEpochs: options.maxEpochs, batchSize: 32, samplesPerClass: 4, learningRate: 0.002, patience: 6 },
    // Small parts after a random start: a smaller margin lets a short training settle.
    loss: { marginRad: 0.2 },
    evaluation: { bootstrapSamples: 200 },
  };
}
