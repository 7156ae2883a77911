import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings, SettingsError } from '@tallyship/shared/runtime/settings';
import { startConsole } from './console.ts';
import { CONSOLE_SETTINGS } from './settings.ts';

const log = createLogger('console');
try {
  const running = await startConsole(readSettings(CONSOLE_SETTINGS, process.env), log);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, async () => {
      log.info({ signal }, 'console stops');
      await running.close();
    });
  }
} catch (error) {
  if (error instanceof SettingsError) log.fatal(error.message);
  else log.fatal({ err: error }, 'console cannot start');
  process.exitCode = 1;
}
