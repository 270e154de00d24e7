import type { Command } from 'commander';
import { resolve } from 'node:path';
import { readAnswers } from '../answers-file.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { followToEnd } from '../follow-to-end.js';
import { collect, required, wholeNumber, type CommandContext, type CommandSpec } from '../program.js';
import { withSession } from '../session.js';
import { shortId } from '../task-view.js';
import { trainConfigWishes } from '../train-config-options.js';

interface RunOptions {
  readonly inputDir: string;
  readonly outputDir?: string;
  readonly site: string;
  readonly lineId: string;
  readonly preset?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly orientations?: string;
  readonly metadataCsv?: string;
  readonly seed?: number;
  readonly port?: number;
}

export const runCommand: CommandSpec = {
  name: 'run',
  define: (command: Command) => {
    command.description('train on a folder of images: from scan to model, golden samples and report');
    required(command, '-i, --input-dir <folder>', 'folder with OK/ and, if there are any, NG/');
    command.option('-o, --output-dir <folder>', 'where the run folder is made (default: runs in the data folder)');
    required(command, '--site <site>', 'site as in database_configs.yaml');
    required(command, '--line-id <line>', 'line as the metadata names it');
    return command
      .option('--preset <name>', 'settings for a kind of machine: cpu-small, gpu, quick-check')
      .option('-c, --config <file>', 'YAML with training settings, over preset and configuration folder')
      .option('--set <key=value>', 'one training setting, e.g. training.maxEpochs=30; may be repeated', collect)
      .option('--orientations <file>', 'answers for the gate, so that nobody has to be asked')
      .option('--metadata-csv <file>', "a CSV export of the metadata, instead of the site's database")
      .option('--seed <n>', 'seed of split, augmentation and training', wholeNumber)
      .option('--port <port>', 'port of the confirmation page (default: a free one)', wholeNumber)
      .addHelpText(
        'after',
        `
Without --orientations the run stops at the gate, prints the address of the page where a person says which way
each class points, and waits. Ctrl-C leaves the task where it is; polarline resume goes on.
With --json every line of stdout is one JSON object; the last one has "type": "result" or "error".

Examples:
  $ polarline run -i D:/line/V31 -o D:/runs --site HPH --line-id V31
  $ polarline run -i in -o out --site HPH --line-id V31 --orientations answers.json --seed 7
  $ polarline run -i in -o out --site HPH --line-id V31 --preset cpu-small --set training.maxEpochs=30
  $ polarline run -i in -o out --site HPH --line-id V31 --metadata-csv rows.csv`,
      );
  },
  run,
};

async function run(options: RunOptions, _args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const config = await trainConfigWishes({
    preset: options.preset,
    configPath: options.config,
    assignments: options.set ?? [],
  });
  const answers = options.orientations === undefined ? null : await readAnswers(options.orientations);
  return withSession({ works: true, port: options.port ?? 0 }, context, async (session) => {
    const task = await session.tasks.start(
      {
        inputDir: resolve(options.inputDir),
        outputDir: options.outputDir === undefined ? null : resolve(options.outputDir),
        site: options.site,
        lineId: options.lineId,
        config,
        metadataCsv: options.metadataCsv === undefined ? null : resolve(options.metadataCsv),
        ...(options.seed === undefined ? {} : { seed: options.seed }),
      },
      session.actor,
    );
    output.event({ type: 'task', task });
    output.note(`Task ${shortId(task.task_id)}, run folder ${task.run_folder}`);
    const ended = await followToEnd(session, task.task_id, answers, context);
    return ended.status === 'completed' ? EXIT.done : EXIT.failed;
  });
}
