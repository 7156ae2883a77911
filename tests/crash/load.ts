import { sleep } from '../support/child.ts';
import { LoadSender } from '../support/load-sender.ts';
import { type Fault, type Ledger, versionOf } from './ledger.ts';

const PAUSE_MS = 30;
const REMEMBERED = 20;

export type LoadOptions = {
  url: string;
  ledger: Ledger;
  /** Asked after each failed attempt: true for a sender that is restarted itself and never repeats what it had in flight. */
  givesUp?: () => boolean;
  onAnswer?: (status: number, retryAfter: string | undefined) => void;
};

export type Load = ReturnType<typeof startLoad>;

/** One sender a shard of the ledger; they send until `finish`. */
export function startLoad({ url, ledger, givesUp = () => false, onAnswer = () => {} }: LoadOptions) {
  let isEnding = false;
  let isAborted = false;
  let givenUp = 0;
  const refused: Fault[] = [];
  const inFlight: (Buffer | undefined)[] = [];
  const state = { ledger, round: 0, inFlight: () => inFlight.filter((body) => body !== undefined) };
  const senders = Array.from({ length: ledger.shards }, (_, shard) => {
    const goesOn = () => !isAborted && (isEnding || !givesUp());
    return new LoadSender({ url, version: versionOf(shard), backoffMs: 20, goesOn, onAnswer });
  });
  const acknowledged = senders.map(() => 0);
  const last = senders.map((): Buffer[] => []);
  const running = senders.map(async (sender, shard) => {
    while (!isEnding && !isAborted) {
      const { body, acknowledge } = ledger.next(shard, state.round);
      inFlight[shard] = body;
      const outcome = await sender.send(body);
      inFlight[shard] = undefined;
      if (outcome.kind === 'givenUp') givenUp++;
      else if (outcome.status === 204) {
        acknowledge();
        (acknowledged[shard] as number)++;
        last[shard] = [body, ...(last[shard] as Buffer[]).slice(0, REMEMBERED - 1)];
      } else refused.push({ round: state.round, text: `a request was answered ${outcome.status}: ${outcome.text}` });
      await sleep(PAUSE_MS);
    }
    sender.close();
  });
  return Object.assign(state, {
    /** Requests acknowledged so far, by shard. */
    acknowledged: () => [...acknowledged],
    /** The last bodies of each shard that were acknowledged. */
    lastAcknowledged: () => last.flat(),
    retries: () => senders.reduce((sum, { retries }) => sum + retries, 0),
    givenUp: () => givenUp,
    abort: () => {
      isAborted = true;
    },
    /** Every request that is under way is repeated until it is answered. */
    finish: async () => {
      isEnding = true;
      await Promise.all(running);
      if (refused.length > 0) throw new Error(refused.map(({ text }) => text).join('\n'));
    },
  });
}
