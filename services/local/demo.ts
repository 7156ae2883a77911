import { DEMO_HELP, parseDemoOptions } from './demo/options.ts';
import { runDemo } from './demo/run-demo.ts';
import { startLocal } from './local.ts';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const { stdout, stderr } = process;
  let options: ReturnType<typeof parseDemoOptions>;
  try {
    options = parseDemoOptions(args);
  } catch (error) {
    stderr.write(`${(error as Error).message}\n\n${DEMO_HELP}`);
    return 2;
  }
  if (options === 'help') {
    stdout.write(DEMO_HELP);
    return 0;
  }
  try {
    await runDemo(options, { startPlatform: startLocal, nowMs: Date.now(), stdout, stderr, signal: stop.signal });
    return 0;
  } catch (error) {
    stderr.write(`demo: ${describe(stop.signal.aborted ? stop.signal.reason : error)}\n`);
    return 1;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}
