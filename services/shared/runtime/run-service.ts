import { SettingsError } from './settings.ts';
import { type Definitions, settingsHelp } from './settings-help.ts';

/** npm hands on a Ctrl-C that the terminal has already given to the whole group: two signals so close are one wish. */
const SAME_SIGNAL_MS = 2_000;

/**
 * Runs a service, or prints what `described` says of its settings for `--help`. It runs until SIGTERM or SIGINT, then closes it and ends; one that comes while it starts closes it as soon as it has started.
 * A second signal ends it at once: what it leaves undone, its next start does. Faults of the settings are printed plainly, anything else
 * with its stack; either way the process ends with code 1.
 */
export async function runService(
  start: () => Promise<{ close(): Promise<void> }>,
  described?: { name: string; settings: Definitions },
): Promise<void> {
  if (described && process.argv.slice(2).some((arg) => ['--help', '-h'].includes(arg))) {
    process.stdout.write(settingsHelp(described.name, described.settings));
    return;
  }
  try {
    const stopSignal = nextStopSignal();
    const service = await start();
    void stopSignal.then(async () => {
      await service.close();
      process.exit(0);
    });
  } catch (error) {
    process.stderr.write(`${error instanceof SettingsError ? error.message : describeFault(error as Error)}\n`);
    process.exit(1);
  }
}

/**
 * Resolves at SIGTERM or SIGINT; a second one ends the process. To be called ahead of a start: without a handler a signal kills in mid-start,
 * or is lost where the process is the first of its container.
 */
export function nextStopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let stoppedAtMs: number | undefined;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (stoppedAtMs !== undefined && performance.now() - stoppedAtMs > SAME_SIGNAL_MS) process.exit(1);
        stoppedAtMs ??= performance.now();
        resolve();
      });
    }
  });
}

/** What the system refused (a port in use, a folder that cannot be written) is told plainly; a fault of ours with its stack. */
function describeFault(error: Error): string {
  const causes: Error[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) causes.push(cause);
  const isOfSystem = causes.some((cause) => 'code' in cause);
  const [first, ...rest] = causes.map(({ message }) => message);
  return [isOfSystem ? first : (error.stack ?? first), ...rest.map((message) => `  because: ${message}`)].join('\n');
}
