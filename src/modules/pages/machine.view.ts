import type { EngineFindings } from '../health/engine-probe.js';
import type { HealthCheckDto } from '../health/health.service.js';
import type { MachineDto, SiteState } from '../health/machine.service.js';
import type { I18n } from './i18n/index.js';

/** One line of the panel: `good`, `bad` or, where nothing is to be judged, empty. */
interface MachineFact {
  readonly name: string;
  readonly value: string;
  readonly state: 'good' | 'bad' | '';
  /** 0..100 for a bar, or null. */
  readonly percent: number | null;
  /** In English, why it is as it is. */
  readonly reason: string | null;
}

/** The machine panel of views/dashboard.hbs. */
export function machineView(machine: MachineDto, i18n: I18n): Record<string, unknown> {
  const { memory, disk } = machine;
  const share = (used: number, total: number): number => (total === 0 ? 0 : Math.round((used / total) * 100));
  const fact = (name: string, value: string, more: Partial<MachineFact> = {}): MachineFact => ({
    name,
    value,
    state: '',
    percent: null,
    reason: null,
    ...more,
  });
  const checked = (name: string, check: HealthCheckDto): MachineFact =>
    fact(name, i18n.t(check.ok ? 'machine.answers' : 'machine.down'), {
      state: check.ok ? 'good' : 'bad',
      reason: check.ok ? null : check.reason,
    });
  const busy = machine.queues.filter(({ waiting, active }) => waiting + active > 0);
  const depth = busy.map(({ name, waiting, active }) => i18n.t('machine.depth', { name, waiting, active }));
  const usedDisk = disk.totalBytes - disk.freeBytes;
  return {
    title: i18n.t('machine.title', { host: machine.host }),
    facts: [
      engineFact(machine.engine, i18n, fact),
      ...(machine.gpus.length === 0
        ? [fact(i18n.t('machine.gpu'), i18n.t('machine.noGpu'))]
        : machine.gpus.map((gpu) =>
            fact(
              `${i18n.t('machine.gpu')} ${gpu.index}`,
              `${gpu.name}, ${i18n.percent(gpu.useRatio)}, ${i18n.bytes(gpu.memoryBytes)} / ${i18n.bytes(gpu.totalMemoryBytes)}`,
              { percent: Math.round(gpu.useRatio * 100) },
            ),
          )),
      fact(
        i18n.t('machine.cpu'),
        i18n.t('machine.cores', { share: i18n.percent(machine.cpuUse), cores: machine.cores }),
        {
          percent: Math.round(machine.cpuUse * 100),
        },
      ),
      fact(i18n.t('machine.memory'), `${i18n.bytes(memory.usedBytes)} / ${i18n.bytes(memory.totalBytes)}`, {
        percent: share(memory.usedBytes, memory.totalBytes),
      }),
      fact(
        i18n.t('machine.disk'),
        i18n.t('machine.free', { free: i18n.bytes(disk.freeBytes), total: i18n.bytes(disk.totalBytes) }),
        {
          percent: share(usedDisk, disk.totalBytes),
          state: disk.ok ? '' : 'bad',
          reason: disk.folder,
        },
      ),
      ...(machine.queue.ok
        ? [fact(i18n.t('machine.queue'), depth.join(' · ') || i18n.t('machine.idle'))]
        : [checked(i18n.t('machine.queue'), machine.queue)]),
      checked(i18n.t('machine.database'), machine.database),
      ...machine.sites.map((site) => siteFact(site, i18n, fact)),
    ],
    others:
      machine.engine.state === 'found'
        ? machine.engine.engines
            .filter((engine) => !engine.chosen_by_auto)
            .map(({ name, detail }) => ({ name, detail }))
        : [],
  };
}

type MakeFact = (name: string, value: string, more?: Partial<MachineFact>) => MachineFact;

function engineFact(findings: EngineFindings, i18n: I18n, fact: MakeFact): MachineFact {
  const name = i18n.t('machine.engine');
  if (findings.state === 'looking') return fact(name, i18n.t('machine.looking'));
  if (findings.state === 'failed')
    return fact(name, i18n.t('machine.unknown'), { state: 'bad', reason: findings.reason });
  const chosen = findings.engines.find((engine) => engine.chosen_by_auto);
  return chosen
    ? fact(name, chosen.name, { reason: chosen.detail })
    : fact(name, i18n.t('machine.unknown'), { state: 'bad' });
}

function siteFact({ site, state, reason }: SiteState, i18n: I18n, fact: MakeFact): MachineFact {
  const text = { answered: 'machine.answered', failed: 'machine.down', unasked: 'machine.unasked' } as const;
  const tone = { answered: 'good', failed: 'bad', unasked: '' } as const;
  return fact(i18n.t('machine.site', { site }), i18n.t(text[state]), { state: tone[state], reason });
}
