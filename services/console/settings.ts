import { integer, optionalText, type Settings, text } from '@tallyship/shared/runtime/settings';

/** Everything the console reads from its environment. */
export const CONSOLE_SETTINGS = {
  CONSOLE_HOST: text({ fallback: '127.0.0.1', describe: 'Address the API and the page are served on.' }),
  CONSOLE_PORT: integer({ fallback: '8090', min: 0, max: 65_535, describe: 'Port of the API and the page; 0 takes any free one.' }),
  LAKE_DIR: text({ describe: 'Folder that holds the lake (`samples/`, `usage/`). It may still be empty.' }),
  PRICES_FILE: optionalText({ describe: 'Price rows that win over the list prices that come along (docs/costs.md).' }),
  TEAM_RULES_FILE: optionalText({ describe: 'Rules that say which team a pod belongs to (docs/costs.md). Empty: the label `team`.' }),
  QUERY_MEMORY_MIB: integer({ fallback: '1024', min: 64, max: 1_048_576, describe: 'Memory that a query may use, MiB.' }),
  QUERY_THREADS: integer({ fallback: '2', min: 1, max: 256, describe: 'Threads that a query may use.' }),
  MAX_WAITING_QUERIES: integer({
    fallback: '16',
    min: 0,
    max: 10_000,
    describe: 'Queries that may wait for the running one; beyond it the answer is 503 with Retry-After.',
  }),
};

export type ConsoleSettings = Settings<typeof CONSOLE_SETTINGS>;
