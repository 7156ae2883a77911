import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { Ledger } from '../../services/shipper/ledger.ts';
import { SHIPPER_SETTINGS } from '../../services/shipper/settings.ts';
import { parseShipKey, type ShipFile } from '../../services/shipper/ship-file.ts';
import { startShipper } from '../../services/shipper/shipper.ts';
import { FakeClock } from '../services/shipper/fake-clock.ts';
import {
  bytesOf,
  type Exchange,
  fill,
  type Known,
  match,
  matchHeaders,
  matchTarget,
  matchText,
  readTranscript,
} from '../support/transcript.ts';

const FOLDER = 'account=123456789012/region=us-east-1/cluster=shop';
const START_MS = Date.UTC(2026, 10, 21, 9);

/** What the agent of a transcript does: which files become ready when, and what it speaks. */
const CASES: { name: string; protocol?: 'current' | '2024'; target?: 'lake'; rounds: string[][] }[] = [
  { name: 'current-upload', rounds: [['metrics_1795255200000_1795257000000', 'observability_1795255200000_1795255800000']] },
  { name: '2024-upload', protocol: '2024', rounds: [['metrics_1795255200000_1795257000000', 'observability_1795255200000_1795255800000']] },
  { name: 'current-wrong-key', rounds: [['metrics_1795255200000_1795257000000']] },
  { name: '2024-wrong-key', protocol: '2024', rounds: [['metrics_1795255200000_1795257000000']] },
  { name: 'current-expired-url', rounds: [['metrics_1795255200000_1795257000000']] },
  { name: 'current-throttled', rounds: [['metrics_1795255200000_1795257000000'], []] },
  { name: 'current-abandon', rounds: [['metrics_1795258800000_1795260600000']] },
  { name: 'current-replay', rounds: [['metrics_1795258800000_1795260600000']] },
  { name: 'own-upload', target: 'lake', rounds: [['usage_1795255200000_1795258800000_collector-0-1']] },
  { name: 'own-replay-poll', target: 'lake', rounds: [[]] },
];

describe('upload wire, the side of the shipper', () => {
  for (const { name, protocol = 'current', target = 'cloudzero', rounds } of CASES)
    it(name, async () => {
      const transcript = readTranscript(name);
      const dir = mkdtempSync(join(tmpdir(), 'tallyship-wire-'));
      const key = name.includes('wrong') ? 'no-such-key' : 'some-key';
      const server = await scriptedBy(transcript, new Map([[name.includes('wrong') ? 'wrong_key' : 'api_key', key]]));
      try {
        writeFileSync(join(dir, 'key'), key);
        const settings = readSettings(SHIPPER_SETTINGS, {
          DATA_DIR: dir,
          SHIPPER_ID: 'shipper-1',
          SHIP_CONCURRENCY: '1',
          CLOUDZERO_PROTOCOL: protocol,
          ...(target === 'lake'
            ? { LAKE_UPLOAD_URL: server.url, LAKE_API_KEY_FILE: join(dir, 'key') }
            : { CLOUDZERO_URL: server.url, CLOUDZERO_API_KEY_FILE: join(dir, 'key') }),
        });
        const clock = new FakeClock(START_MS);
        if (name === 'own-replay-poll') keepShipped(dir, 'usage_1795255200000_1795258800000_collector-0-1', server.bytesOfFile('file1'));
        const shipper = await startShipper(settings, createLogger('shipper', { level: 'silent' }), { clock, isIdle: true });
        const put = (referenceIds: string[]) => {
          for (const id of referenceIds) place(dir, target, id, server.bytesFor(`${id}.parquet`));
        };
        if (name === 'current-replay') place(dir, target, 'metrics_1795255200000_1795257000000', server.bytesOfFile('file2'), 'shipped');
        for (const referenceIds of rounds) {
          put(referenceIds);
          await shipper.runOnce();
          clock.advance(120_000);
        }
        await shipper.close();
        // A manifest of the lake and a key that is tried once more come after the end of a transcript.
        assert.equal(server.faults.join('\n'), '');
        assert.equal(server.left(), 0, 'exchanges of the transcript that did not happen');
        if (!name.includes('wrong')) for (const id of rounds.flat()) readFileSync(pathOf(dir, 'shipped', target, id));
      } finally {
        await server.close();
        rmSync(dir, { recursive: true, force: true });
      }
    });
});

/** Plays the server's side: compares each request with the transcript's next one and gives its answer. */
async function scriptedBy(transcript: Exchange[], known: Known) {
  const faults: string[] = [];
  let next = 0;
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const n of [1, 2])
    known.set(
      `url${n}`,
      `${url}/bucket/object-${n}?X-Amz-Expires=3600&X-Amz-SignedHeaders=host${hasChecksum(transcript) ? '%3Bx-amz-checksum-sha256' : ''}`,
    );
  known.set('retry_after', '7');
  known.set('any', '');
  for (const { request } of transcript) learnFile(request.body, known);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const exchange = transcript[next];
    if (!exchange) return void response.writeHead(503).end();
    next += 1;
    try {
      assert.equal(request.method, exchange.method);
      if (exchange.target.startsWith('{{')) match(exchange.target, `${url}${request.url}`, known, 'URL');
      else matchTarget(exchange.target, request.url ?? '', known);
      matchHeaders(exchange.request, (header) => request.headers[header] as string | undefined, known);
      if (/^\(/.test(exchange.request.body)) assert.ok(body.equals(bytesOf(exchange.request.body, known)), 'body of a PUT');
      else matchText(exchange.request.body, body.toString('utf8'), known);
    } catch (error) {
      faults.push(`exchange ${next}, ${request.method} ${request.url}: ${(error as Error).message}`);
    }
    const n = /\{\{file(?<n>[0-9])\}\}/.exec(exchange.request.body)?.groups?.n;
    if (n) known.set(`etag${n}`, `"${createHash('md5').update(body).digest('hex')}"`);
    for (const [header, value] of exchange.answer.headers) if (value !== undefined) response.setHeader(header, fill(value, known));
    response.writeHead(exchange.status).end(fill(exchange.answer.body, known));
  }
  const fileBodies = transcript.map(({ request }) => request.body).filter((text) => text.startsWith('({{'));
  const ids = transcript.flatMap(({ request }) =>
    [...request.body.matchAll(/"reference_id":"(?<id>[^"]+)"/g)].map((found) => found.groups?.id as string),
  );
  return {
    url,
    faults,
    left: () => transcript.length - next,
    bytesOfFile: (file: string) => bytesOf(fileBodies.find((text) => text.includes(`{{${file}}}`)) ?? `({{${file}}} 16 bytes)`, known),
    /** The files of a transcript are in the order of the ids. */
    bytesFor: (id: string) =>
      bytesOf(fileBodies[[...new Set(ids)].indexOf(id)] ?? fileBodies[id.startsWith('obs') ? 1 : 0] ?? '({{file1}} 16 bytes)', known),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const hasChecksum = (transcript: Exchange[]) =>
  transcript.some(({ request }) => request.headers.get('x-amz-checksum-sha256') !== undefined);

function learnFile(body: string, known: Known): void {
  const file = /^\(\{\{(?<name>\w+)\}\}/.exec(body)?.groups?.name;
  if (!file) return;
  const sha256 = createHash('sha256').update(bytesOf(body, known)).digest();
  known.set(`sha256_hex_of_${file}`, sha256.toString('hex'));
  known.set(`sha256_base64_of_${file}`, sha256.toString('base64'));
}

function pathOf(dir: string, stage: string, target: string, referenceId: string): string {
  return join(dir, stage, target, keyOf(target, referenceId));
}

function keyOf(target: string, referenceId: string): string {
  const [table, startMs] = referenceId.split('_');
  const date = new Date(Number(startMs)).toISOString().slice(0, 10);
  return target === 'lake' ? `${table}/v1/${FOLDER}/date=${date}/${referenceId}.parquet` : `cloudzero/v1/${FOLDER}/${referenceId}.parquet`;
}

function place(dir: string, target: string, referenceId: string, bytes: Buffer, stage = 'ready'): void {
  const path = pathOf(dir, stage, target, referenceId);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** A file of the lake that was shipped and marked long ago. */
function keepShipped(dir: string, referenceId: string, bytes: Buffer): void {
  place(dir, 'lake', referenceId, bytes, 'shipped');
  const file = parseShipKey(keyOf('lake', referenceId)) as ShipFile;
  const ledger = new Ledger(join(dir, 'ledger.sqlite'), { maxBytes: 2 ** 24 });
  const sent = { rows: 1, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), place: 'host/path', tries: 1 };
  ledger.mark(
    { ...sent, target: 'lake', key: file.key, referenceId: file.referenceId, schemaVersion: 1, shippedAtMs: START_MS },
    file.identity,
    file.manifest,
  );
  ledger.manifestsWritten(ledger.dueManifests());
  ledger.close();
}
