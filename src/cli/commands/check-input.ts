import type { Command } from 'commander';
import { resolve } from 'node:path';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Output } from '../output.js';
import { required, type CommandContext, type CommandSpec } from '../program.js';
import { withSession } from '../session.js';
import { stepContext } from '../step-context.js';
import type { InputCheckDto } from '../../modules/pipeline/index.js';

interface CheckOptions {
  readonly inputDir: string;
  readonly site: string;
  readonly lineId: string;
  readonly metadataCsv?: string;
}

export const checkInputCommand: CommandSpec = {
  name: 'check-input',
  define: (command: Command) => {
    command.description('dry run: which images a run would use, and why not the rest; writes nothing');
    required(command, '-i, --input-dir <folder>', 'folder with OK/ and, if there are any, NG/');
    required(command, '--site <site>', 'site as in database_configs.yaml');
    required(command, '--line-id <line>', 'line as the metadata names it');
    return command
      .option('--metadata-csv <file>', "a CSV export of the metadata, instead of the site's database")
      .addHelpText(
        'after',
        '\nExit code 2 when no image could be used.\n\nExample:\n  $ polarline check-input -i D:/line/V31 --site HPH --line-id V31',
      );
  },
  run,
};

async function run(options: CheckOptions, _args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { output, signal } = context;
  const found = await withSession({ works: false }, context, ({ inputCheck }) =>
    inputCheck.check(
      {
        inputDir: resolve(options.inputDir),
        site: options.site,
        lineId: options.lineId,
        metadataCsv: options.metadataCsv === undefined ? null : resolve(options.metadataCsv),
      },
      stepContext('Checking', output, signal),
    ),
  );
  output.document(found);
  print(output, found);
  return found.matched === 0 ? EXIT.badInput : EXIT.done;
}

function print(output: Output, found: InputCheckDto): void {
  output.table([
    ['Files', String(found.files)],
    ['Names that parse', String(found.parsed)],
    ['Readable images', String(found.readable)],
    ['With metadata', String(found.matched)],
  ]);
  output.line(`\n${found.classes.length} classes`);
  if (found.classes.length > 0)
    output.table(
      [['CLASS', 'OK', 'NG'], ...found.classes.map((row) => [row.class, String(row.ok_count), String(row.ng_count)])],
      '  ',
    );
  if (found.rejected.length === 0) return;
  output.line('\nSet aside');
  for (const { stage, code, count, examples } of found.rejected) {
    output.line(`  ${count} × ${code} (${stage})`);
    for (const { file, reason } of examples) output.line(`    ${file}: ${reason}`);
  }
}
