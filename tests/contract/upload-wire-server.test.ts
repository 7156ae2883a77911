import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { API_KEY, type RunningApi, SHOP, startApi } from '../services/upload-api/running-api.ts';
import { sleep } from '../support/child.ts';
import { type RawAnswer, rawRequest } from '../support/raw-http.ts';
import { bytesOf, type Exchange, fill, type Known, matchHeaders, matchText, readTranscript } from '../support/transcript.ts';

type Play = { api: RunningApi; known: Known; clock: { aheadMs: number } };
/** What has to be so before a transcript, or before one of its exchanges, for the API to answer as it says. */
type Staging = {
  settings?: Record<string, string>;
  before?: (play: Play) => Promise<void>;
  beforeExchange?: Record<number, (play: Play) => Promise<void>>;
};

const orderReplay =
  (referenceId: string) =>
  async ({ api }: Play) => {
    const answer = await api.call('/v1/replay', { body: { ...SHOP, shipperId: 'shipper-1', referenceIds: [referenceId] } });
    assert.equal(answer.status, 202);
  };

const STAGINGS: Record<string, Staging> = {
  'current-replay': { before: orderReplay('metrics_1795255200000_1795257000000.parquet') },
  'current-abandon': { before: orderReplay('metrics_1790000000000_1790001800000.parquet') },
  'own-replay-poll': { before: orderReplay('usage_1795255200000_1795258800000_collector-0-1.parquet') },
  'current-throttled': {
    settings: { REQUESTS_PER_MINUTE: '3' },
    before: async ({ api }) => {
      for (let sent = 0; sent < 3; sent++) assert.equal((await api.call('/v2/insights', { method: 'GET' })).status, 200);
    },
    beforeExchange: {
      1: async ({ clock, known }) => {
        assert.match(known.get('retry_after') ?? '', /^[1-9][0-9]*$/);
        clock.aheadMs = Number(known.get('retry_after')) * 1000;
      },
    },
  },
  'current-expired-url': {
    beforeExchange: {
      1: () => sleep(2_100),
      2: async ({ known }) => void known.set('expiration', '60'),
    },
  },
};

const names = readdirSync(join(import.meta.dirname, 'transcripts')).flatMap((file) => /^(.+)\.txt$/.exec(file)?.[1] ?? []);

describe("CloudZero's wire, the side of the API", () => {
  for (const name of names) {
    it(`holds the transcript ${name}`, async () => {
      const { settings, before, beforeExchange = {} }: Staging = STAGINGS[name] ?? {};
      const clock = { aheadMs: 0 };
      // A clock that stands still but for what the play says: a bucket of requests must not fill up meanwhile.
      const startMs = Date.now();
      const api = await startApi(settings, settings ? () => startMs + clock.aheadMs : Date.now);
      try {
        const play = { api, known: agentValues(), clock };
        await before?.(play);
        const exchanges = readTranscript(name);
        const stored = new Map<string, Buffer>();
        for (const [index, exchange] of exchanges.entries()) {
          await beforeExchange[index]?.(play);
          const body = bytesOf(exchange.request.body, play.known);
          matchAnswer(exchange, await send(exchange, body, play), play.known);
          if (exchange.method === 'PUT' && exchange.status === 200) stored.set(createHash('md5').update(body).digest('hex'), body);
        }
        const objects = [...api.objects().values()].map((bytes) => createHash('md5').update(bytes).digest('hex'));
        assert.deepEqual(objects.sort(), [...stored.keys()].sort(), 'the lake holds what was sent and nothing else');
      } finally {
        await api.stop();
      }
    });
  }

  it('no longer asks for what has been sent again or abandoned', async () => {
    for (const name of ['current-replay', 'current-abandon', 'own-replay-poll']) {
      const api = await startApi();
      try {
        const play = { api, known: agentValues(), clock: { aheadMs: 0 } };
        await STAGINGS[name].before?.(play);
        // An object of the second of its order might be the one that was complained about.
        await sleep(1_100);
        for (const exchange of readTranscript(name)) {
          matchAnswer(exchange, await send(exchange, bytesOf(exchange.request.body, play.known), play), play.known);
        }
        const [first] = readTranscript(name);
        const again = await send(first, bytesOf(first.request.body, play.known), play);
        assert.equal(again.status, 200);
        assert.equal(again.headers['x-cloudzero-replay'], undefined, name);
      } finally {
        await api.stop();
      }
    }
  });
});

/** What the agent chooses. */
function agentValues(): Known {
  const sha256 = createHash('sha256').update(bytesOf('({{file1}} 4096 bytes)', new Map()));
  const digest = sha256.digest();
  return new Map([
    ['api_key', API_KEY],
    ['wrong_key', 'a-key-that-nobody-has-given'],
    ['version', 'v1.2.13'],
    ['expiration', '1'],
    ['sha256_hex_of_file1', digest.toString('hex')],
    ['sha256_base64_of_file1', digest.toString('base64')],
  ]);
}

function send({ method, target, request }: Exchange, body: Buffer, { api, known }: Play): Promise<RawAnswer> {
  const filled = fill(target, known);
  const headers = [...request.headers].flatMap(([name, value]) => (value === undefined ? [] : [[name, fill(value, known)] as const]));
  return rawRequest(filled.startsWith('/') ? `${api.url}${filled}` : filled, {
    method,
    headers: { 'content-length': body.length, ...Object.fromEntries(headers) },
    body,
  });
}

function matchAnswer({ method, target, status, answer }: Exchange, actual: RawAnswer, known: Known): void {
  assert.equal(actual.status, status, `${method} ${target}: ${actual.body}`);
  matchHeaders(answer, (name) => [actual.headers[name]].flat()[0], known);
  if (answer.body !== '') matchText(answer.body, String(actual.body), known);
}
