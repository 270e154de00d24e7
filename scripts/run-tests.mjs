// Runs the test tiers and closes with counts and with what was left out, and why.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const TIERS = ['unit', 'medium', 'e2e'];
/** How long Jest may take to end once all tests have. */
const GRACE_MS = 30_000;
const args = process.argv.slice(2);
const tiers = args.filter((arg) => TIERS.includes(arg));
const passedOn = args.filter((arg) => !TIERS.includes(arg));

const onPath = (name) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .some((dir) => existsSync(join(dir, name)) || existsSync(join(dir, `${name}.exe`)));
const optional = [
  { what: 'page tests in a real browser', needs: 'Chromium', here: onPath('chromium') || onPath('google-chrome') },
  { what: 'pages in Firefox', needs: 'Firefox', here: onPath('firefox-esr') || onPath('firefox') },
  { what: 'SSH tests against OpenSSH', needs: 'sshd', here: onPath('sshd') || existsSync('/usr/sbin/sshd') },
  { what: 'queue tests on Redis', needs: 'redis-server', here: onPath('redis-server') },
  {
    what: 'training on a graphics processor, emulated or real',
    needs: 'a Vulkan driver (Debian: chromium brings one in software)',
    here: existsSync('/usr/lib/chromium/vk_swiftshader_icd.json') || existsSync('/dev/dri/renderD128'),
  },
  {
    what: 'numpy reading our files',
    needs: 'python3 with numpy',
    here: spawnSync('python3', ['-c', 'import numpy']).status === 0,
  },
  { what: 'a full disk', needs: 'the right to mount a tmpfs', here: process.getuid?.() === 0 },
  { what: 'parity vectors and real images', needs: '../shared', here: existsSync(join('..', 'shared', 'parity')) },
];

// The medium and end-to-end tiers start what a user starts: the compiled program.
if (tiers.length === 0 || tiers.some((tier) => tier !== 'unit')) {
  const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
  const build = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
  if (build.status !== 0) process.exit(1);
}

const scratch = mkdtempSync(join(tmpdir(), 'polarline-tests-'));
const report = join(scratch, 'report.json');
const jest = join('node_modules', 'jest', 'bin', 'jest.js');
const selected = tiers.length > 0 ? ['--selectProjects', ...tiers] : [];
const running = spawn(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', jest, ...selected, '--json', `--outputFile=${report}`, ...passedOn],
  { stdio: ['inherit', 'ignore', 'inherit'] },
);
let leftOpen = false;
// Jest writes its report after the last test. Something a test left open would keep it alive for ever after that.
const watch = setInterval(() => {
  if (!existsSync(report) || Date.now() - statSync(report).mtimeMs < GRACE_MS) return;
  leftOpen = true;
  running.kill('SIGKILL');
}, 1000);
const [status] = await once(running, 'exit');
clearInterval(watch);

let failed = status === 0 ? 0 : 1;
if (existsSync(report)) {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  for (const { what, needs, here } of optional) if (!here) console.log(`left out: ${what} (${needs} is absent)`);
  for (const file of result.testResults)
    for (const test of file.assertionResults) if (test.status === 'pending') console.log(`skipped: ${test.fullName}`);
  const suitesThatFailedToRun = result.numRuntimeErrorTestSuites;
  failed = result.numFailedTests + suitesThatFailedToRun;
  console.log(`${result.numPassedTests} passed, ${failed} failed, ${result.numPendingTests} skipped`);
}
if (leftOpen)
  console.log('failed: a test left something open that kept Jest from ending (find it with --detectOpenHandles)');
rmSync(scratch, { recursive: true, force: true });
process.exit(status === 0 && failed === 0 ? 0 : 1);
