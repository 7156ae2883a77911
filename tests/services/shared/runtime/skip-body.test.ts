import assert from 'node:assert/strict';
import { Agent, request as clientRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type HttpListener, listen } from '@tallyship/shared/runtime/http-server';
import { Hono } from 'hono';

const UNWANTED = Buffer.alloc(300_000, 'u');

describe('the body of a request that was answered ahead of the app', () => {
  let server: HttpListener;
  let pieces = 0;
  before(async () => {
    const app = new Hono().post('/app', async (c) => c.text(await c.req.text()));
    server = await listen(app, {
      host: '127.0.0.1',
      port: 0,
      ahead: (request, response) => {
        if (request.url !== '/ahead') return false;
        request.on('data', () => pieces++);
        response.writeHead(503, { 'content-length': 3 }).end('no!');
        return true;
      },
    });
  });
  after(() => server.close(0));
  afterEach(() => assert.equal(pieces, 0, 'Node made copies of it'));

  const head = (path: string, length: number) => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;
  const open = async (): Promise<Socket> => {
    const socket = connect(server.port, '127.0.0.1').on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  };
  /** Reads until it has come so often. */
  const answers = (socket: Socket, last: string) =>
    new Promise<string>((resolve, reject) => {
      let said = '';
      socket.on('data', (bytes) => {
        said += bytes;
        if (said.endsWith(last)) resolve(said);
      });
      socket.once('close', () => reject(new Error(`closed after ${said}`)));
    });

  it('takes nothing from the body of the next one, sent at once or later', async () => {
    const socket = await open();
    const atOnce = answers(socket, 'first wanted');
    socket.write(Buffer.concat([Buffer.from(head('/ahead', UNWANTED.length)), UNWANTED, Buffer.from(`${head('/app', 12)}first wanted`)]));
    assert.match(await atOnce, /^HTTP\/1\.1 503 .*no!HTTP\/1\.1 200 .*first wanted$/s);
    const later = answers(socket, 'second wanted');
    socket.write(`${head('/app', 13)}second wanted`);
    assert.match(await later, /^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it('comes in chunks, too', async () => {
    const socket = await open();
    const said = answers(socket, 'wanted');
    socket.write('POST /ahead HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let chunk = 0; chunk < 20; chunk++) socket.write(`5\r\nchunk\r\n`);
    socket.write(`0\r\n\r\n${head('/app', 6)}wanted`);
    assert.match(await said, /503 .*200 /s);
    socket.destroy();
  });

  it('leaves nothing behind where its connection breaks: what that had serves others', async () => {
    const agent = new Agent();
    const ask = (text: string) =>
      new Promise<string>((resolve, reject) => {
        const asked = clientRequest({ port: server.port, path: '/app', method: 'POST', agent }, (response) => {
          let said = '';
          response.on('data', (bytes) => {
            said += bytes;
          });
          response.once('end', () => resolve(said));
        });
        asked.once('error', reject).end(text);
      });
    for (let times = 0; times < 20; times++) {
      const socket = await open();
      const said = answers(socket, 'no!');
      socket.write(`${head('/ahead', 1000)}part of it`);
      await said;
      socket.destroy();
      assert.deepEqual(await Promise.all(['a', 'b', 'c'].map(ask)), ['a', 'b', 'c']);
    }
  });
});
