#!/usr/bin/env node
import { CommanderError } from 'commander';
import { misunderstood, openCli, report } from './program.js';

async function main(argv: readonly string[]): Promise<number> {
  const { program, code } = await openCli(argv.slice(2));
  try {
    await program.parseAsync([...argv]);
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.exitCode === 0 ? 0 : report(misunderstood(thrown), argv.includes('--json'));
  }
  return code();
}

// What nothing else has caught is told here too, so that Node prints nothing by itself.
process.on('uncaughtException', (thrown) => {
  // Whoever reads the answer has read enough.
  if ('code' in thrown && thrown.code === 'EPIPE') process.exit(0);
  process.exit(report(thrown, false));
});
process.exitCode = await main(process.argv).catch((thrown: unknown) => report(thrown, false));
// All is done: what was printed is waited for, and not what the engine of JavaScript still optimises in the background.
for (const stream of [process.stdout, process.stderr]) {
  if (stream.writableLength > 0) await new Promise((resolve) => stream.write('', resolve));
}
process.exit();
