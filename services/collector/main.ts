import { configFileOf, readCloudzeroConfig } from '@tallyship/shared/runtime/cloudzero-config';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { runService } from '@tallyship/shared/runtime/run-service';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { startCollector } from './collector.ts';
import { COLLECTOR_SETTINGS } from './settings.ts';

await runService(
  async () => {
    const configFile = configFileOf(process.argv.slice(2));
    const config = configFile ? readCloudzeroConfig(configFile) : { env: {}, ignored: [] };
    const settings = readSettings(COLLECTOR_SETTINGS, { ...config.env, ...process.env });
    const log = createLogger('collector', { level: settings.LOG_LEVEL });
    if (config.ignored.length > 0) log.info({ keys: config.ignored }, 'keys of the configuration file that have no meaning here');
    return startCollector(settings, log);
  },
  { name: 'collector', settings: COLLECTOR_SETTINGS },
);
