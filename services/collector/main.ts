import { readSettings, SettingsError } from '@tallyship/shared/runtime/settings';
import { startCollector } from './collector.ts';
import { COLLECTOR_SETTINGS } from './settings.ts';

try {
  const collector = await startCollector(readSettings(COLLECTOR_SETTINGS, process.env));
  const stop = async () => {
    await collector.close();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  process.stderr.write(`${error instanceof SettingsError ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}
