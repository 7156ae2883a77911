import { runService } from '@tallyship/shared/runtime/run-service';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { startConsole } from './console.ts';
import { CONSOLE_SETTINGS, lakeFaults } from './settings.ts';

await runService(() => startConsole(readSettings(CONSOLE_SETTINGS, process.env, lakeFaults)));
