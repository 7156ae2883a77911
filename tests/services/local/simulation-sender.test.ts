import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { retryAfterMs, Sender } from '../../../services/local/simulation/sender.ts';

type Answer = { status: number; headers?: Record<string, string>; text?: string } | 'hang up';
const BODY = { bytes: Buffer.from('body'), samples: 7 };
const WRITTEN = { 'x-prometheus-remote-write-samples-written': '7' };

describe('sender of the simulation', () => {
  let server: Server;
  let seen: { headers: IncomingHttpHeaders; body: string }[];
  let senders: Sender[];

  /** A receiver that gives these answers in turn. */
  async function senderTo(answers: Answer[], giveUpMs = 5_000): Promise<Sender> {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const answer = answers[seen.length] ?? answers.at(-1);
        seen.push({ headers: request.headers, body });
        if (answer === 'hang up' || answer === undefined) request.socket.destroy();
        else response.writeHead(answer.status, answer.headers).end(answer.text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sender = new Sender(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write?a=b`), giveUpMs);
    senders.push(sender);
    return sender;
  }

  beforeEach(() => {
    seen = [];
    senders = [];
  });
  afterEach(() => {
    for (const sender of senders) sender.close();
    server.close();
  });

  it('says what it sends and counts what was written', async () => {
    const sender = await senderTo([{ status: 204, headers: WRITTEN }]);
    await sender.send(BODY);
    assert.deepEqual(sender.counts, { requests: 1, samples: 7, bytes: 4, retries: 0 });
    const { headers, body } = seen[0] as (typeof seen)[number];
    assert.equal(body, 'body');
    assert.equal(headers['content-type'], 'application/x-protobuf;proto=io.prometheus.write.v2.Request');
    assert.equal(headers['content-encoding'], 'snappy');
    assert.equal(headers['x-prometheus-remote-write-version'], '2.0.0');
  });

  it('sends the same body again after a 503 and a lost connection', async () => {
    const sender = await senderTo([{ status: 503 }, 'hang up', { status: 204, headers: WRITTEN }]);
    await sender.send(BODY);
    assert.equal(sender.counts.retries, 2);
    assert.deepEqual(
      seen.map(({ body, headers }) => [body, headers['retry-attempt']]),
      [
        ['body', undefined],
        ['body', '1'],
        ['body', '2'],
      ],
    );
  });

  it('waits as long as Retry-After says', async () => {
    const sender = await senderTo([
      { status: 503, headers: { 'retry-after': '1' } },
      { status: 204, headers: WRITTEN },
    ]);
    const startMs = performance.now();
    await sender.send(BODY);
    assert.ok(performance.now() - startMs >= 990);
  });

  it('never sends again what was refused', async () => {
    const sender = await senderTo([{ status: 400, text: 'no such thing' }]);
    await assert.rejects(sender.send(BODY), /400 no such thing/);
    assert.equal(seen.length, 1);
  });

  it('does not take a 204 for its word', async () => {
    for (const headers of [{}, { 'x-prometheus-remote-write-samples-written': '6' }]) {
      seen = [];
      const sender = await senderTo([{ status: 204, headers }]);
      await assert.rejects(sender.send(BODY), /sent 7 samples, the receiver wrote [06]$/);
      server.close();
    }
  });

  it('gives up at its limit, and says so', async () => {
    const sender = await senderTo([{ status: 503, text: 'disk full' }], 1_500);
    await assert.rejects(sender.send(BODY), /503 disk full; gave up after 1.5 s/);
    assert.ok(seen.length > 1);
  });

  it('reads Retry-After as seconds or as a date', () => {
    const nowMs = Date.UTC(2026, 10, 20);
    assert.equal(retryAfterMs('3', nowMs), 3000);
    assert.equal(retryAfterMs(new Date(nowMs + 4000).toUTCString(), nowMs), 4000);
    assert.equal(retryAfterMs(new Date(nowMs - 4000).toUTCString(), nowMs), 0);
    assert.equal(retryAfterMs('soon', nowMs), 0);
    assert.equal(retryAfterMs(undefined, nowMs), 0);
  });
});
