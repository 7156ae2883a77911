import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { readClusters } from '../../support/lake-clusters.ts';
import { peakMemoryOf } from '../../support/peak-memory.ts';
import * as w from '../../support/remote-write-wire.ts';
import { goodV1 } from './hostile-case.ts';
import { type Door, openDoor } from './hostile-door.ts';

const MIB = 1024 * 1024;
const head = (...lines: string[]) => ['POST /api/v1/write HTTP/1.1', 'Host: collector', ...lines, '', ''].join('\r\n');
const CHUNKED = 'Transfer-Encoding: chunked';
const chunk = (bytes: Uint8Array) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
const END = Buffer.from('0\r\n\r\n');

describe('hostile senders on a socket', () => {
  let door: Door;
  const sockets: Socket[] = [];
  before(async () => {
    door = await openDoor({
      MAX_BODY_BYTES: String(MIB),
      MAX_INFLIGHT_BYTES: String(3 * MIB),
      SHUTDOWN_GRACE_MS: '500',
    });
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  after(() => door.close());

  /** Sends bytes as they are. `answer` is what came until the collector closed or said `enough`. */
  const open = () => {
    const socket = connect(door.port, '127.0.0.1');
    sockets.push(socket);
    let said = '';
    socket.on('data', (bytes) => {
      said += bytes;
    });
    socket.on('error', () => {});
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const answer = async (enough: RegExp, timeoutMs = 10_000) => {
      for (const deadlineMs = Date.now() + timeoutMs; Date.now() < deadlineMs && !enough.test(said) && !socket.destroyed; ) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.match(said, enough);
      return said;
    };
    return { socket, closed, answer };
  };
  const settled = async (metric: string, wanted: number) => {
    for (let tries = 0; tries < 200 && (await door.measure(metric)) !== wanted; tries++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await door.measure(metric), wanted);
  };

  it('reads a chunked body, cut anywhere', async () => {
    const body = w.block(goodV1('chunked'));
    const { socket, answer } = open();
    socket.write(head(CHUNKED));
    for (const byte of body) socket.write(chunk(Buffer.from([byte])));
    socket.write(END);
    assert.match(await answer(/\r\n\r\n/), /^HTTP\/1\.1 204 [\s\S]*x-prometheus-remote-write-samples-written: 1\r\n/i);
  });

  it('takes a request without a length for one without a body', async () => {
    const { socket, answer } = open();
    socket.write(head());
    assert.match(await answer(/no valid length/), /^HTTP\/1\.1 400 /);
  });

  it('refuses an announced length over the limit at once, before the body', async () => {
    const { socket, answer } = open();
    socket.write(head(`Content-Length: ${MIB + 1}`));
    assert.match(await answer(/MAX_BODY_BYTES/), /^HTTP\/1\.1 413 /);
  });

  it('refuses a chunked body where it passes the limit, holds no more of it than that, and hangs up', async () => {
    const { socket, closed, answer } = open();
    const piece = chunk(Buffer.alloc(64 * 1024, 7));
    const peak = await peakMemoryOf(async () => {
      socket.write(head(CHUNKED));
      const answered = answer(/MAX_BODY_BYTES/);
      let isAnswered = false;
      void answered.then(() => {
        isAnswered = true;
      });
      // Goes on until it is told, as a client does; what it may have on the way is the socket buffers' affair.
      while (!isAnswered) {
        socket.write(piece);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      assert.match(await answered, /^HTTP\/1\.1 413 /);
    });
    assert.ok(peak < 32 * MIB, `held ${Math.round(peak / MIB)} MiB`);
    await settled('collector_inflight_bytes', 0);
    const isClosed = await Promise.race([closed.then(() => true), new Promise((resolve) => setTimeout(resolve, 15_000, false).unref())]);
    assert.ok(isClosed, 'the connection is still open');
  });

  for (const length of ['-1', '1e3', '0x10', '18446744073709551616', '5, 6']) {
    it(`refuses a Content-Length of ${length}`, async () => {
      const { socket, answer } = open();
      socket.write(head(`Content-Length: ${length}`));
      assert.match(await answer(/^HTTP/), /^HTTP\/1\.1 (400|413) /);
    });
  }

  it('refuses a request with both a length and chunks, as smugglers send it', async () => {
    const { socket, answer } = open();
    socket.write(head('Content-Length: 4', CHUNKED));
    socket.write(END);
    assert.match(await answer(/^HTTP/), /^HTTP\/1\.1 400 /);
  });

  it('has nothing of a request whose connection breaks in mid-body, and answers the next', async () => {
    const body = w.block(goodV1('broken'));
    const { socket } = open();
    socket.write(head(`Content-Length: ${body.length}`));
    socket.write(body.subarray(0, -1));
    await settled('collector_inflight_bytes', body.length - 1);
    socket.destroy();
    await settled('collector_inflight_bytes', 0);
    assert.equal((await door.write(w.block(goodV1('next')), {})).status, 204);
  });

  it('puts bodies off with 503 and Retry-After while those in flight fill MAX_INFLIGHT_BYTES, and takes them afterwards', async () => {
    const held = Array.from({ length: 3 }, () => open());
    for (const { socket } of held) {
      socket.write(head(`Content-Length: ${MIB}`));
      socket.write(Buffer.alloc(MIB - 1));
    }
    await settled('collector_inflight_bytes', 3 * (MIB - 1));
    const refused = await door.write(w.block(goodV1('late')), {});
    assert.deepEqual([refused.status, refused.retryAfter], [503, '5']);
    assert.match(refused.text, /MAX_INFLIGHT_BYTES/);
    for (const { socket } of held) socket.destroy();
    await settled('collector_inflight_bytes', 0);
    assert.equal((await door.write(w.block(goodV1('late')), {})).status, 204);
  });

  it('answers requests in a row on one connection, a bad one between good ones', async () => {
    const bodies = [goodV1('row1'), Buffer.from([0xff]), goodV1('row2')].map((message) => w.block(message));
    const { socket, answer } = open();
    for (const body of bodies) socket.write(Buffer.concat([Buffer.from(head(`Content-Length: ${body.length}`)), body]));
    const said = await answer(/204 [\s\S]*400 [\s\S]*204 [\s\S]*\r\n\r\n/);
    assert.deepEqual(said.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 204', 'HTTP/1.1 400', 'HTTP/1.1 204']);
  });

  it('leaves in the lake what was answered with 204', async () => {
    await door.sealAll();
    const names = [...((await readClusters(door.lakeDir)).get('local') ?? new Map()).keys()].map((labels) => JSON.parse(labels)[0][1]);
    assert.deepEqual(names.sort(), ['chunked', 'late', 'next', 'row1', 'row2']);
  });
});
