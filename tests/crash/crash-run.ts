import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, freePort, sleep } from '../support/child.ts';
import { BUSY_SETTINGS, LISTENS, lakeDirOf, startCollectorChild } from '../support/load-collector.ts';
import { usageFaults } from '../support/load-lake.ts';
import { MOMENTS, type Moment, makeWatchedFolders, SETTINGS_OF, waitForMoment, waitForRecovery } from './kill-moments.ts';
import { type Fault, Ledger } from './ledger.ts';
import { startLoad } from './load.ts';
import { readWreck, temporaries, type Wreck } from './wreck.ts';

/** What the kills hit, by what was found on disk after each, and only where an acknowledged batch was in the log and in no sealed file. */
export type Hits = Record<Exclude<Moment, 'any'>, number>;

export type CrashReport = { rounds: number; faults: Fault[]; hits: Hits; acknowledged: number; retries: number; givenUp: number };

const SHARDS = 4;
/** A sender that is restarted itself never repeats what it had in flight. */
const GIVE_UP_SHARE = 0.05;
const DAY_MS = 86_400_000;

/**
 * Kills a collector under load `rounds` times, lets it end in peace and holds the lake against what was acknowledged.
 * @param dir an empty folder
 * @param random numbers in [0, 1)
 * @param isEnough asked of the hits after the last round: false adds rounds, up to twice as many
 * @param onRound called after each kill with what it was aimed at
 */
export async function runCrashRounds(
  { rounds, dir, random, isEnough = () => true }: { rounds: number; dir: string; random: () => number; isEnough?: (hits: Hits) => boolean },
  onRound: (round: number, moment: Moment, hits: Hits) => void = () => {},
): Promise<CrashReport> {
  const dayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
  const date = new Date(dayMs).toISOString().slice(0, 10);
  makeWatchedFolders(dir, date);
  const port = await freePort();
  const load = startLoad({
    url: `http://127.0.0.1:${port}/api/v1/write`,
    ledger: new Ledger(SHARDS, dayMs),
    givesUp: () => random() <= GIVE_UP_SHARE,
  });
  const hits: Hits = { seal: 0, usage: 0, append: 0, recovery: 0, purge: 0 };
  let child: Child | undefined;
  let before: Wreck | undefined;
  try {
    for (let round = 0; round < rounds || (round < 3 * rounds && !isEnough(hits)); round++) {
      load.round = round;
      const moment = momentOf(round, hits, random);
      const startedMs = Date.now();
      child = startCollectorChild(dir, port, { ...BUSY_SETTINGS, ...SETTINGS_OF[moment] });
      let isSeen: boolean;
      if (moment === 'recovery') isSeen = await waitForRecovery(child.pid, random);
      else {
        await child.line(LISTENS, 30_000);
        isSeen = await waitForMoment(moment, dir, date, random);
      }
      await child.end('SIGKILL');
      await sleep(30);
      const isUp = LISTENS.test(child.output());
      const wreck = readWreck(dir);
      if (wreck.unsealed.some((body) => load.lastAcknowledged().some((one) => one.equals(body))))
        count(hits, { before, wreck, startedMs, isUp, isSeen, moment, unanswered: load.inFlight() });
      before = wreck;
      onRound(round, moment, hits);
    }
    child = startCollectorChild(dir, port, BUSY_SETTINGS);
    await child.line(LISTENS, 30_000);
    await load.finish();
    const faults = await endInPeace(child);
    faults.push(...(await load.ledger.faults(lakeDirOf(dir))), ...(await lakeFaults(dir, port)));
    return { rounds, faults, hits, acknowledged: load.ledger.acknowledged, retries: load.retries(), givenUp: load.givenUp() };
  } finally {
    load.abort();
    await child?.end('SIGKILL');
  }
}

/** A part of the kills comes at random; the others are aimed at what was hit least so far. */
function momentOf(round: number, hits: Hits, random: () => number): Moment {
  if (round === 0 || (round > MOMENTS.length && random() < 0.25)) return 'any';
  const [least] = (Object.entries(hits) as [Moment, number][]).sort(([, a], [, b]) => a - b);
  return (least as [Moment, number])[0];
}

type Kill = {
  before: Wreck | undefined;
  wreck: Wreck;
  startedMs: number;
  isUp: boolean;
  isSeen: boolean;
  moment: Moment;
  unanswered: Buffer[];
};

function count(hits: Hits, { before, wreck, startedMs, isUp, isSeen, moment, unanswered }: Kill): void {
  if (!isUp) {
    if (moment === 'recovery' && isSeen) hits.recovery++;
    return;
  }
  // Left over from an earlier kill is not hit by this one.
  const fresh = wreck.temporaries.filter(({ sinceMs }) => sinceMs >= startedMs - 1);
  const isCut = [...wreck.cutHours].some((hour) => !before?.cutHours.has(hour));
  if (isCut || fresh.some(({ table }) => table === 'samples')) hits.seal++;
  if (fresh.some(({ table, hour }) => table === 'usage' && !wreck.cutHours.has(hour))) hits.usage++;
  if (unanswered.some((body) => wreck.hasBody(body))) hits.append++;
  if (moment === 'purge' && isSeen) hits.purge++;
}

async function endInPeace(child: Child): Promise<Fault[]> {
  const code = await child.end('SIGTERM');
  return code === 0 ? [] : [{ round: -1, text: `SIGTERM ended with ${code}\n${child.output().slice(-2000)}` }];
}

/** What must hold of the files beside the samples themselves: no leftovers, usage that agrees, and nothing that changes at one more start. */
async function lakeFaults(dir: string, port: number): Promise<Fault[]> {
  const lakeDir = lakeDirOf(dir);
  const texts = temporaries(lakeDir).map(({ table, hour }) => `a .tmp is left of ${table} ${hour}`);
  texts.push(...(await usageFaults(lakeDir)));
  const digest = digestOf(lakeDir);
  const again = startCollectorChild(dir, port, BUSY_SETTINGS);
  await again.line(LISTENS, 30_000);
  const ended = await endInPeace(again);
  if (digestOf(lakeDir) !== digest) texts.push('one more start and stop changed the lake');
  return [...texts.map((text) => ({ round: -1, text })), ...ended];
}

/** One hash over names and bytes of all files under a folder. The epoch of a replica's name is chance, it is left out. */
export function digestOf(folder: string): string {
  const hash = createHash('sha256');
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!statSync(join(folder, path)).isFile()) continue;
    hash.update(`${path.replace(/\.[0-9a-z]{9}(?=-[0-9]+\.parquet)/, '')}\0`).update(readFileSync(join(folder, path)));
  }
  return hash.digest('hex');
}
