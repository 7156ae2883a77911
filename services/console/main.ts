import { createLogger } from '@tallyship/shared/runtime/logger';
import { runService } from '@tallyship/shared/runtime/run-service';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { startConsole } from './console.ts';
import { CONSOLE_SETTINGS, lakeFaults } from './settings.ts';

await runService(
  () => {
    const settings = readSettings(CONSOLE_SETTINGS, process.env, lakeFaults);
    return startConsole(settings, createLogger('console', { level: settings.LOG_LEVEL }));
  },
  { name: 'console', settings: CONSOLE_SETTINGS },
);
