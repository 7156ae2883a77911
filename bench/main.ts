import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { textOf } from './figure.ts';
import { checkOut } from './ingest/checkout.ts';
import { benchIngest, type IngestResult } from './ingest/ingest.ts';
import { benchLatency } from './ingest/latency.ts';
import { type Contestant, findPeers, startCollector } from './ingest/receivers.ts';
import { benchPreview } from './preview.ts';
import { benchShip, STORES, type Store } from './ship.ts';
import { benchDisk } from './storage/disk.ts';
import { benchMemory } from './storage/memory.ts';
import { benchQuery } from './storage/query.ts';
import { table } from './table.ts';

const USAGE = `npm run bench -- ingest [flags]
  --series N       series of the simulated cluster (13000)
  --scrapes N      scrapes 15 s apart (240, one hour)
  --request N      samples a request (2000)
  --connections N  senders side by side (1)
  --rounds N       runs of each receiver, medians are taken (5)
  --version N      remote write 1 or 2 alone
  --alone          without peers
  --typescript     the collector without its WebAssembly kernel as well
  --json           one JSON document on stdout, progress on stderr
  A cold start, every series new: --series 200000 --scrapes 12
npm run bench:compare -- REF [flags of ingest]
  the collector of the working copy beside that of a commit, in turns
npm run bench -- preview [flags]
  --rounds N       previews, medians are taken (5)
  --json           one JSON document on stdout
npm run bench -- latency | memory | disk | query [flags]
  answers at 200,000 samples a second while sealing; memory of the collector at 13,000 and 200,000 series; bytes a sample of each form of file; questions of a bill over both tables
  --rounds N       runs, medians are taken (5)
  --version N      latency, memory: remote write 1 or 2 alone
  --json           one JSON document on stdout, progress on stderr
npm run bench -- ship [flags]
  --store S        local, or versitygw (npm run tools -- versitygw)
  --json           one JSON document on stdout, progress on stderr
`;

const COLLECTOR: Contestant = { name: 'collector', start: (dir) => startCollector(dir), versions: [1, 2] };
const WITHOUT_WASM: Contestant = {
  name: 'typescript alone',
  start: (dir) => startCollector(dir, undefined, { DECODE_KERNEL: 'typescript' }),
  versions: [1, 2],
};
const say = (line: string) => process.stderr.write(`${line}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    series: { type: 'string', default: '13000' },
    scrapes: { type: 'string', default: '240' },
    request: { type: 'string', default: '2000' },
    connections: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    version: { type: 'string' },
    typescript: { type: 'boolean', default: false },
    alone: { type: 'boolean', default: false },
    store: { type: 'string', default: 'local' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const rounds = () => whole('rounds', 1, 100);
const versions = () => (values.version === undefined ? [1, 2] : [whole('version', 1, 2)]) as (1 | 2)[];
const TABLES: Record<string, () => Promise<Record<string, string | number>[]>> = {
  latency: () => benchLatency(rounds(), versions(), say),
  memory: () => benchMemory(rounds(), versions(), say),
  disk: () => benchDisk(say),
  query: () => benchQuery(rounds(), say),
};
if (!values.help && positionals.join(' ') === 'preview') {
  await benchPreview(rounds(), hostOf(), values.json);
} else if (!values.help && positionals.join(' ') === 'ship' && STORES.includes(values.store as Store)) {
  await benchShip(values.store as Store, values.json);
} else if (!values.help && positionals.join(' ') === 'ingest') {
  const { peers, missing } = values.alone ? { peers: [], missing: [] } : findPeers();
  for (const line of missing) say(line);
  await ingest([COLLECTOR, ...(values.typescript ? [WITHOUT_WASM] : []), ...peers]);
} else if (!values.help && positionals[0] === 'compare' && positionals.length === 2) {
  const checkout = checkOut(positionals[1] as string);
  if (checkout.hasOtherPackages) say(`${checkout.commit} locks other packages; it runs with those of the working copy`);
  try {
    const main = join(checkout.root, 'services/collector/main.ts');
    await ingest([COLLECTOR, { name: checkout.commit, start: (dir) => startCollector(dir, main), versions: [1, 2] }]);
  } finally {
    checkout.remove();
  }
} else if (!values.help && Object.hasOwn(TABLES, positionals.join(' '))) {
  const host = hostOf();
  const results = await (TABLES[positionals.join(' ')] as () => Promise<Record<string, string | number>[]>)();
  if (values.json) process.stdout.write(`${JSON.stringify({ ...host, results }, null, 2)}\n`);
  else
    process.stdout.write(
      `${JSON.stringify(host)}\n${table([Object.keys(results[0] ?? {}), ...results.map((result) => Object.values(result).map(cellOf))])}`,
    );
} else {
  process.stdout.write(USAGE);
  process.exitCode = values.help ? 0 : 2;
}

async function ingest(contestants: Contestant[]): Promise<void> {
  const host = hostOf();
  const results = await benchIngest(
    contestants,
    {
      series: whole('series', 1, 1_000_000),
      scrapes: whole('scrapes', 1, 240),
      samplesARequest: whole('request', 1, 100_000),
      connections: whole('connections', 1, 64),
      rounds: rounds(),
      versions: versions(),
    },
    say,
  );
  if (values.json) process.stdout.write(`${JSON.stringify({ ...host, settings: values, results }, null, 2)}\n`);
  else process.stdout.write(`${JSON.stringify(host)}\n${results.map(render).join('\n')}`);
}

function cellOf(value: string | number): string {
  return typeof value === 'string' || Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 0);
}

function whole(name: 'series' | 'scrapes' | 'request' | 'connections' | 'rounds' | 'version', min: number, max: number): number {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new Error(`--${name} ${values[name]} is not a whole number, ${min} to ${max}`);
  return value;
}

/** What a figure means nothing without; the load average says whether the host was quiet. */
function hostOf() {
  return {
    at: new Date().toISOString(),
    commit: commitOf(),
    node: process.version,
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    loadBefore: loadavg()[0],
  };
}

/** @returns the commit that is measured; undefined outside a clone */
function commitOf(): string | undefined {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', cwd: import.meta.dirname, stdio: 'pipe' }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--', '../services') === '' ? '' : ' with changes'}`;
  } catch {
    return undefined;
  }
}

function render({ version, samples, bytesPerSample, receivers, cpuParts }: IngestResult): string {
  const rows = Object.entries(receivers).map(([name, figures]) => {
    const cell = (key: keyof typeof figures, digits: number) => {
      const figure = figures[key];
      if (!figure) return 'not available';
      return textOf(figure, digits);
    };
    return [
      name,
      cell('cpuSecondsPerMillion', 2),
      cell('samplesPerSecond', 0),
      cell('answerP50Ms', 1),
      cell('answerP99Ms', 1),
      cell('peakRssMiB', 0),
      cell('instructionsPerSample', 0),
      cell('storedBytesPerSample', 2),
    ];
  });
  const head = ['receiver', 'CPU-s/M', 'samples/s', 'p50 ms', 'p99 ms', 'peak RSS MiB', 'instructions/sample', 'stored B/sample'];
  const parts = cpuParts.map(({ of, by, part }) => `CPU of ${of}: ${textOf(part, 3)} of that of ${by}\n`);
  return `remote write ${version}, ${samples} samples of ${bytesPerSample.toFixed(1)} B\n${table([head, ...rows])}${parts.join('')}`;
}
