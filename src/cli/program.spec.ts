import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { AppError, badInput } from '../common/index.js';
import { EXIT, Interrupted } from './exit-codes.js';
import { required, runProgram, wholeNumber, type CommandSpec } from './program.js';
import type { Terminal } from './terminal.js';

interface Captured extends Terminal {
  text(): { stdout: string; stderr: string };
}

function captured(): Captured {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  return {
    stdout,
    stderr,
    interactive: false,
    columns: 100,
    text: () => ({ stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') }),
  };
}

function command(run: CommandSpec['run']): CommandSpec {
  return {
    name: 'work',
    define: (spec: Command) =>
      required(spec, '--input-dir <folder>', 'where').option('--seed <n>', 'a number', wholeNumber),
    run,
  };
}

async function runWith(args: readonly string[], run: CommandSpec['run'] = async () => undefined) {
  const terminal = captured();
  const code = await runProgram([command(run)], args, terminal);
  return { code, ...terminal.text() };
}

const GOOD = ['work', '--input-dir', 'x'];

describe('the command line', () => {
  it('answers 0 for help and version and writes them to stdout', async () => {
    expect(await runWith(['--help'])).toMatchObject({ code: EXIT.done, stderr: '' });
    expect((await runWith(['work', '--help'])).stdout).toContain('--input-dir <folder>');
    expect((await runWith(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['wrok'], "unknown command 'wrok'\n(Did you mean work?)"],
    [['work', '--input-dri', 'x'], '(Did you mean --input-dir?)'],
    [['work'], "required option '--input-dir <folder>' not specified"],
    [[...GOOD, '--seed', 'seven'], 'Expected a whole number, got "seven".'],
    [[...GOOD, 'surplus'], 'too many arguments'],
    [[], 'Usage: polarline'],
  ])('answers 2 for %j and says what is wrong', async (args, message) => {
    const { code, stdout, stderr } = await runWith(args);
    expect({ code, stdout }).toEqual({ code: EXIT.badInput, stdout: '' });
    expect(stderr).toContain(message);
  });

  it.each([
    [badInput('BAD', 'Expected this, got that.'), EXIT.badInput],
    [new AppError('unavailable', 'AWAY', 'The database is away.'), EXIT.failed],
    [new Error('surprise'), EXIT.failed],
    [new Interrupted(), EXIT.interrupted],
    [new DOMException('aborted', 'AbortError'), EXIT.interrupted],
  ])('turns an error into exit code and message (%#)', async (error, expected) => {
    const { code, stdout, stderr } = await runWith(GOOD, () => Promise.reject(error));
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toContain(error.message);
  });

  it('shows a stack for surprises only', async () => {
    expect((await runWith(GOOD, () => Promise.reject(new Error('surprise')))).stderr).toMatch(
      /^error: surprise\n\s+at /,
    );
    expect((await runWith(GOOD, () => Promise.reject(badInput('BAD', 'No.')))).stderr).toBe('error: No.\n');
    expect((await runWith(GOOD, () => Promise.reject(new Interrupted('Kept.')))).stderr).toBe('Kept.\n');
  });

  it('writes nothing but JSON to stdout with --json, errors included', async () => {
    const good = await runWith([...GOOD, '--json'], async (_options, _args, { output }) => {
      output.line('for people');
      output.note('on the way');
      output.progress('Working', 0.5, 'half');
      output.document({ answer: 42 });
    });
    expect(JSON.parse(good.stdout)).toEqual({ answer: 42 });
    expect(good.stderr).toBe('on the way\nWorking: 50%  half\n');

    const bad = await runWith([...GOOD, '--json'], () => Promise.reject(badInput('BAD', 'No.', { path: 'x' })));
    expect(JSON.parse(bad.stdout)).toEqual({
      type: 'error',
      error: { code: 'BAD', message: 'No.', details: { path: 'x' } },
    });
  });

  it('writes one line each tenth of a step where nobody watches', async () => {
    const { stderr } = await runWith(GOOD, async (_options, _args, { output }) => {
      for (let i = 0; i <= 1000; i++) output.progress('Reading images', i / 1000, `${i} of 1000`);
    });
    expect(stderr.trim().split('\n')).toHaveLength(11);
    expect(stderr).toContain('Reading images: 100%  1000 of 1000');
  });

  it('passes on the exit code that a command answers with', async () => {
    expect((await runWith(GOOD, async () => EXIT.failed)).code).toBe(EXIT.failed);
  });
});
