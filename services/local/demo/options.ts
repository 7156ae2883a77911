import { parseArgs } from 'node:util';

export type DemoOptions = {
  isOnce: boolean;
  isJson: boolean;
  hours: number;
  seed: number;
  /** Kept after the demo; a temporary folder when undefined. */
  dataDir: string | undefined;
  eventsFile: string | undefined;
};

/** The collector refuses samples older than 7 days, and the feed begins a little before the first hour. */
const MAX_HOURS = 160;

export const DEMO_HELP = `npm run demo [-- flags]: meters a simulated cluster on this machine and prints what its namespaces cost.

  --once          end after the table (else stay up until Ctrl-C, with the page to look at)
  --json          print the cost answer as JSON on stdout, and nothing else there
  --hours N       the last N full hours instead of a day (1 to ${MAX_HOURS})
  --seed N        another cluster; the same seed and hours make the same one
  --data DIR      keep the data in DIR, which must be empty or new (default: a temporary folder that is removed)
  --events FILE   write the event list of the simulated cluster as JSON
  --help          this text
`;

/**
 * @returns 'help' when that was asked for
 * @throws TypeError that names the flag, for an unknown flag or a value out of bounds
 */
export function parseDemoOptions(args: string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      hours: { type: 'string', default: '24' },
      seed: { type: 'string', default: '1' },
      data: { type: 'string' },
      events: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    isOnce: values.once,
    isJson: values.json,
    hours: wholeNumber('--hours', values.hours, 1, MAX_HOURS),
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 32 - 1),
    dataDir: values.data,
    eventsFile: values.events,
  };
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || value < min || value > max) {
    throw new TypeError(`${flag} ${JSON.stringify(text)} is not a whole number from ${min} to ${max}`);
  }
  return value;
}
