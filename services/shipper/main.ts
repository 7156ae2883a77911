import { parseArgs } from 'node:util';
import { readCloudzeroConfig } from '@tallyship/shared/runtime/cloudzero-config';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { nextStopSignal } from '@tallyship/shared/runtime/run-service';
import { readSettings, SettingsError } from '@tallyship/shared/runtime/settings';
import { settingsHelp } from '@tallyship/shared/runtime/settings-help';
import { drain } from './drain.ts';
import { Ledger } from './ledger.ts';
import { SHIPPER_SETTINGS, type ShipperSettings } from './settings.ts';
import { ledgerPath, startShipper } from './shipper.ts';
import { statusText } from './status-text.ts';

const USAGE = `usage: node services/shipper/main.ts [run | drain | status] [--data DIR] [-config FILE]
  run     ships until SIGTERM (default)
  drain   ships all that DIR holds and ends; code 0 when nothing is left
  status  prints the ledger's sums by target and day
  -config FILE reads CloudZero's YAML; the environment and --data win over it
`;

const COMMANDS: Record<string, (settings: ShipperSettings) => Promise<void>> = {
  run: async (settings) => {
    const stopSignal = nextStopSignal();
    const shipper = await startShipper(settings);
    void stopSignal.then(async () => {
      await shipper.close();
      process.exit(0);
    });
  },
  drain: async (settings) => {
    const { left, faults } = await drain(settings, createLogger('shipper', { level: settings.LOG_LEVEL }));
    process.stdout.write(left === 0 ? 'drained: nothing is left\n' : `${left} files are left\n${faults.join('\n')}\n`);
    process.exitCode = left === 0 ? 0 : 1;
  },
  status: async (settings) => {
    const ledger = new Ledger(ledgerPath(settings.DATA_DIR), { maxBytes: settings.MAX_LEDGER_BYTES, isReadOnly: true });
    process.stdout.write(statusText(ledger.sums()));
    ledger.close();
  },
};

try {
  const args = process.argv.slice(2).map((arg) => (arg === '-config' ? '--config' : arg));
  const options = { help: { type: 'boolean', short: 'h' }, data: { type: 'string' }, config: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(`${USAGE}\n${settingsHelp('shipper', SHIPPER_SETTINGS)}`);
    process.exit(0);
  }
  const command = COMMANDS[positionals[0] ?? 'run'];
  if (!command || positionals.length > 1) throw new SettingsError(USAGE);
  const config = values.config === undefined ? {} : readCloudzeroConfig(values.config).env;
  await command(readSettings(SHIPPER_SETTINGS, { ...config, ...process.env, ...(values.data !== undefined && { DATA_DIR: values.data }) }));
} catch (error) {
  process.stderr.write(`${error instanceof SettingsError ? error.message : (error as Error).stack}\n`);
  process.exitCode = error instanceof SettingsError ? 2 : 1;
}
