import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpListener, listen } from '@tallyship/shared/runtime/http-server';
import { Hono } from 'hono';

describe('http server', () => {
  const open: HttpListener[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close(0);
  });
  const start = async (app: Hono, options = {}) => {
    const server = await listen(app, { host: '127.0.0.1', port: 0, ...options });
    open.push(server);
    return server;
  };

  it('takes a free port and says which', async () => {
    const server = await start(new Hono().get('/', (c) => c.text('here')));
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:[1-9][0-9]*$/);
    assert.equal(await (await fetch(server.url)).text(), 'here');
  });

  it('names host and port when the port is taken', async () => {
    const { port } = await start(new Hono());
    await assert.rejects(listen(new Hono(), { host: '127.0.0.1', port }), new RegExp(`listen on 127.0.0.1:${port}: .*EADDRINUSE`));
  });

  it('lets a running request finish, refuses new ones and does not wait for keep-alive sockets', async () => {
    let running = () => {};
    const isRunning = new Promise<void>((resolve) => {
      running = resolve;
    });
    const app = new Hono().get('/slow', async (c) => {
      running();
      await sleep(150);
      return c.text('done');
    });
    const server = await start(app);
    const agent = new Agent({ keepAlive: true });
    const answer = new Promise<string>((resolve, reject) => {
      get(`${server.url}/slow`, { agent }, (response) => response.on('data', (bytes) => resolve(String(bytes)))).on('error', reject);
    });
    await isRunning;
    const startedMs = Date.now();
    const closing = server.close(60_000);
    await assert.rejects(fetch(server.url));
    assert.equal(await answer, 'done');
    await closing;
    assert.ok(Date.now() - startedMs < 30_000, 'close waited for an idle socket');
    agent.destroy();
  });

  it('cuts off what still runs after the grace time', async () => {
    const server = await start(new Hono().get('/', () => new Promise<Response>(() => {})));
    const hanging = assert.rejects(fetch(server.url));
    await sleep(50);
    await server.close(50);
    await hanging;
  });

  it('answers 408 to a head that never ends', async () => {
    const server = await start(new Hono(), { headersTimeoutMs: 200 });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    const [bytes] = await new Promise<[Buffer]>((resolve, reject) => socket.once('data', (data) => resolve([data])).once('error', reject));
    assert.match(String(bytes), /^HTTP\/1\.1 408 /);
    socket.destroy();
  });
});
