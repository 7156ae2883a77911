import { parseArgs } from 'node:util';

/** What `npm start` takes. */
export const LOCAL_FLAGS = {
  data: { type: 'string', default: '.data', value: 'DIR', describe: 'folder of the log and the lake' },
  'collector-port': { type: 'string', default: '9201', value: 'N', describe: 'port that takes remote write; 0 takes any free one' },
  'console-port': { type: 'string', default: '8090', value: 'N', describe: 'port of the cost API and page; 0 takes any free one' },
  'upload-port': { type: 'string', default: '0', value: 'N', describe: 'port of the upload API; 0 takes any free one' },
  'ship-interval': { type: 'string', default: '2s', value: 'D', describe: 'time between two uploads of what is sealed' },
  'seal-interval': {
    type: 'string',
    default: '70m',
    value: 'D',
    describe: 'longest time samples wait for their file, such as 30s, 10m, 2h; an hour is sealed 5 min after its end in any case',
  },
  'log-level': { type: 'string', default: 'warn', value: 'LEVEL', describe: 'least severe log line on stderr: error, warn, info, debug' },
  help: { type: 'boolean', default: false, value: '', describe: 'print this and end' },
} as const;

export type LocalFlags = {
  dataDir: string;
  collectorPort: number;
  consolePort: number;
  uploadPort: number;
  sealIntervalMs: number;
  shipIntervalMs: number;
  logLevel: 'error' | 'warn' | 'info' | 'debug';
  help: boolean;
};

export class UsageError extends Error {
  override name = 'UsageError';
}

/** @throws UsageError that names the flag */
export function parseLocalFlags(args: string[]): LocalFlags {
  const values = parseStrict(args);
  const logLevel = values['log-level'];
  if (!['error', 'warn', 'info', 'debug'].includes(logLevel))
    throw new UsageError(`--log-level ${logLevel} is not one of error, warn, info, debug`);
  return {
    dataDir: values.data,
    collectorPort: portOf('--collector-port', values['collector-port']),
    consolePort: portOf('--console-port', values['console-port']),
    uploadPort: portOf('--upload-port', values['upload-port']),
    shipIntervalMs: durationMs('--ship-interval', values['ship-interval']),
    sealIntervalMs: durationMs('--seal-interval', values['seal-interval']),
    logLevel: logLevel as LocalFlags['logLevel'],
    help: values.help,
  };
}

export function localHelp(): string {
  const lines = Object.entries(LOCAL_FLAGS).map(([name, flag]) => {
    const usage = `--${name} ${flag.value}`.padEnd(24);
    return `  ${usage}${flag.describe}${flag.type === 'string' ? ` (default ${flag.default})` : ''}`;
  });
  return `Runs collector, shipper, upload API, object store and console in one process on loopback.\n\n  npm start -- [flags]\n\n${lines.join('\n')}\n`;
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `30s`, `10m`, `1.5h`; a bare number is milliseconds. */
export function durationMs(flag: string, text: string): number {
  const { amount, unit } = /^(?<amount>[0-9]+(?:\.[0-9]+)?)(?<unit>ms|s|m|h)?$/.exec(text)?.groups ?? {};
  const ms = Number(amount) * (UNIT_MS[unit ?? 'ms'] as number);
  if (!(ms >= 1000 && ms <= 24 * 3_600_000))
    throw new UsageError(`${flag} ${text} is not a duration from 1s to 24h, such as 30s, 10m or 2h`);
  return ms;
}

function portOf(flag: string, text: string): number {
  const port = Number(text);
  if (!/^[0-9]+$/.test(text) || port > 65_535) throw new UsageError(`${flag} ${text} is not a port from 0 to 65535`);
  return port;
}

function parseStrict(args: string[]) {
  try {
    return parseArgs({ args, options: LOCAL_FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
