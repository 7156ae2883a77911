import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type HttpListener, listen } from '@tallyship/shared/runtime/http-server';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { createTelemetry } from '@tallyship/shared/runtime/telemetry';
import { type AppParts, createApp } from '../../../services/collector/app.ts';
import { BearerTokens } from '../../../services/collector/http/bearer.ts';
import { InflightBytes } from '../../../services/collector/http/read-body.ts';
import { Refusals } from '../../../services/collector/http/refusals.ts';
import { WorkQueue } from '../../../services/collector/http/work-queue.ts';
import { CollectorTelemetry } from '../../../services/collector/telemetry.ts';

describe('a sender that stops in mid-body', () => {
  let server: HttpListener;
  const inflight = new InflightBytes(1024 * 1024);
  before(async () => {
    const telemetry = createTelemetry();
    const zero = () => 0;
    const gauges = { openSamples: zero, openSeries: zero, seriesBytes: zero, logBytes: zero, inflightBytes: zero, unshippedBytes: zero };
    const app = createApp({
      ingest: { write: () => assert.fail('a body that never ended was written') },
      obstacle: async () => undefined,
      tokens: new BearerTokens(''),
      inflight,
      queue: new WorkQueue(),
      identity: { account: '000000000000', region: 'local', cluster: 'local' },
      maxBodyBytes: 1024 * 1024,
      faults: () => [],
      isStopping: () => false,
      telemetry,
      counters: new CollectorTelemetry(telemetry.registry, gauges),
      refusals: new Refusals(createLogger('collector', { level: 'silent' })),
    } as AppParts);
    server = await listen(app, { host: '127.0.0.1', port: 0, requestTimeoutMs: 1_500, headersTimeoutMs: 1_000 });
  });
  after(() => server.close(0));

  it('is cut at the time limit however it drips, and what it sent is forgotten', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    socket.write('POST /api/v1/write HTTP/1.1\r\nHost: collector\r\nContent-Length: 100000\r\n\r\n');
    let isHeld = false;
    const drip = setInterval(() => {
      socket.write('x');
      isHeld ||= inflight.held > 0;
    }, 20);
    const startedMs = Date.now();
    // Not `once`: a byte that finds the connection gone is an error too, and not the end that is waited for.
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(drip);
    assert.ok(isHeld);
    assert.ok(Date.now() - startedMs < 30_000);
    for (let tries = 0; tries < 100 && inflight.held > 0; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(inflight.held, 0);
  });
});
