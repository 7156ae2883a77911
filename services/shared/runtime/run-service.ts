import { SettingsError } from './settings.ts';

/** npm hands on a Ctrl-C that the terminal has already given to the whole group: two signals so close are one wish. */
const SAME_SIGNAL_MS = 2_000;

/**
 * Runs a service until SIGTERM or SIGINT, then closes it and ends. A second signal while it closes ends it at once: what it leaves
 * undone, its next start does. Faults of the settings are printed plainly, anything else with its stack; either way the process ends with code 1.
 */
export async function runService(start: () => Promise<{ close(): Promise<void> }>): Promise<void> {
  try {
    const service = await start();
    let stoppedAtMs: number | undefined;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, async () => {
        if (stoppedAtMs !== undefined) {
          if (performance.now() - stoppedAtMs > SAME_SIGNAL_MS) process.exit(1);
          return;
        }
        stoppedAtMs = performance.now();
        await service.close();
        process.exit(0);
      });
    }
  } catch (error) {
    process.stderr.write(`${error instanceof SettingsError ? error.message : describeFault(error as Error)}\n`);
    process.exit(1);
  }
}

/** What the system refused (a port in use, a folder that cannot be written) is told plainly; a fault of ours with its stack. */
function describeFault(error: Error): string {
  const causes: Error[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) causes.push(cause);
  const isOfSystem = causes.some((cause) => 'code' in cause);
  const [first, ...rest] = causes.map(({ message }) => message);
  return [isOfSystem ? first : (error.stack ?? first), ...rest.map((message) => `  because: ${message}`)].join('\n');
}
