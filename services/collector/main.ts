import { configFileOf, readCloudzeroConfig } from '@tallyship/shared/runtime/cloudzero-config';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings, SettingsError } from '@tallyship/shared/runtime/settings';
import { startCollector } from './collector.ts';
import { COLLECTOR_SETTINGS } from './settings.ts';

try {
  const configFile = configFileOf(process.argv.slice(2));
  const config = configFile ? readCloudzeroConfig(configFile) : { env: {}, ignored: [] };
  const settings = readSettings(COLLECTOR_SETTINGS, { ...config.env, ...process.env });
  const log = createLogger('collector', { level: settings.LOG_LEVEL });
  if (config.ignored.length > 0) log.info({ keys: config.ignored }, 'keys of the configuration file that have no meaning here');
  const collector = await startCollector(settings, log);
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
