import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCostSource } from '@tallyship/console/cost-source';
import { MAX_QUALITY_DAYS, type QualityReport, readQualityRange } from '@tallyship/console/quality';
import { reportText } from './doctor-report.ts';

const HELP = `Says whether data arrives, what is missing for costs, and what is unpriced.

  npm run doctor -- --data DIR           read the lake of a local data folder
  npm run doctor -- --url http://HOST:N  ask a running console

  --from TIME, --to TIME  whole hours, UTC, such as 2026-11-20 or 2026-11-20T05:00:00Z (default: the last 24 hours; at most ${MAX_QUALITY_DAYS} days)
  --prices FILE           your own price file, with --data
  --json                  print the report as JSON
  --help                  this text

Ends with 0 when all is well, 1 when something was found, 2 when the command was not understood.
`;
const UNHEALTHY = 1;
const USAGE = 2;

/** A command line that was not understood. */
class UsageError extends Error {}

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const flags = readFlags(args);
    if (flags.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const report = flags.url === undefined ? await readLake(flags) : await askConsole(flags.url, searchOf(flags));
    process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
    return report.isHealthy ? 0 : UNHEALTHY;
  } catch (error) {
    const { message } = error as Error;
    process.stderr.write(`${message}\n`);
    if (!(error instanceof UsageError)) return UNHEALTHY;
    process.stderr.write('npm run doctor -- --help lists the flags\n');
    return USAGE;
  }
}

type Flags = ReturnType<typeof readFlags>;

function readFlags(args: string[]) {
  const { values } = usage(() =>
    parseArgs({
      args,
      options: {
        data: { type: 'string' },
        url: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        prices: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }),
  );
  if (values.help) return values;
  if ((values.data === undefined) === (values.url === undefined)) throw new UsageError('give either --data DIR or --url URL');
  if (values.prices !== undefined && values.url !== undefined) throw new UsageError('--prices belongs to --data; a console has its own');
  if (values.url !== undefined && !/^https?:$/.test(URL.parse(values.url)?.protocol ?? ''))
    throw new UsageError(`--url ${JSON.stringify(values.url)} is not an http address`);
  return values;
}

async function readLake(flags: Flags): Promise<QualityReport> {
  const nowMs = Date.now();
  const range = usage(() => readQualityRange(searchOf(flags), nowMs));
  const dir = join(flags.data ?? '', 'lake');
  if (!existsSync(dir))
    throw new Error(`${dir} does not exist: is --data the folder that was given to npm start, and has an hour been sealed?`);
  const source = await openCostSource({
    LAKE_DIR: dir,
    PRICES_FILE: flags.prices ?? '',
    TEAM_RULES_FILE: '',
    QUERY_MEMORY_MIB: 1024,
    QUERY_THREADS: 2,
  });
  try {
    return await source.quality(range, nowMs);
  } finally {
    await source.close();
  }
}

async function askConsole(url: string, search: URLSearchParams): Promise<QualityReport> {
  const address = new URL('/api/quality', url);
  address.search = search.toString();
  const response = await fetch(address, { signal: AbortSignal.timeout(120_000) }).catch((cause: Error) => {
    throw new Error(`no answer from ${address}: ${cause.cause instanceof Error ? cause.cause.message : cause.message}`);
  });
  const body = (await response.json().catch(() => ({}))) as QualityReport & { error?: string };
  if (response.status === 400) throw new UsageError(body.error);
  if (!response.ok || !Array.isArray(body.findings))
    throw new Error(`${address} answered ${response.status} ${body.error ?? 'and no report: is it the address of a console?'}`);
  return body;
}

function searchOf({ from, to }: Flags): URLSearchParams {
  return new URLSearchParams(Object.entries({ from, to }).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Runs what only a wrong command line can make fail. */
function usage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
