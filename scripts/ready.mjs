// Makes a checkout ready to run: installs what is missing, and builds what is older than its source.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command in the checkout; on failure shows what it said and ends with its code. */
export function must(command, args, { quiet = false, env = {} } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? 'pipe' : 'inherit',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    if (quiet) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    process.exit(result.status ?? 1);
  }
}

/** Runs one of the installed tools. */
export function tool(name, args, options) {
  must(join(root, 'node_modules', '.bin', name), args, options);
}

/** Runs the command line as a user would. */
export function onefold(args, options) {
  must(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], options);
}

function newest(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}

/** What a command line that answers in JSON says. */
export function asked(args) {
  const result = spawnSync(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args, '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return result.status === 0 ? JSON.parse(result.stdout) : [];
}

export function ready() {
  const lock = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(lock) || statSync(lock).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs) {
    process.stderr.write('Installing packages …\n');
    // The lock file holds the packages of the platforms that its writer's registry had; `install` adds those of this one, `ci` refuses.
    must('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
  }
  const dist = join(root, 'dist');
  if (!existsSync(join(dist, 'cli', 'main.js')) || newest(dist) < newest(join(root, 'src'))) {
    process.stderr.write('Building …\n');
    must(process.execPath, ['scripts/build.mjs']);
  }
}
