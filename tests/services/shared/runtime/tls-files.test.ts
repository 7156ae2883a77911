import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCollector } from '@tallyship/collector/collector';
import { COLLECTOR_SETTINGS } from '@tallyship/collector/settings';
import { type HttpListener, listen } from '@tallyship/shared/runtime/http-server';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { tlsFilesOf } from '@tallyship/shared/runtime/tls-files';
import { UPLOAD_API_SETTINGS } from '@tallyship/upload-api/settings';
import { startUploadApi } from '@tallyship/upload-api/upload-api';
import { Hono } from 'hono';
import { askOverTls, type Certificate, makeCertificate } from '../../../support/certificate.ts';

const NAME = 'collector.tallyship.svc';
const LOOK_EVERY_MS = 20;

describe('TLS files', function () {
  this.timeout(60_000);
  let dir: string;
  let first: Certificate;
  let second: Certificate;
  let server: HttpListener | undefined;
  let faults: string[];
  const paths = () => ({ certFile: join(dir, 'now/tls.crt'), keyFile: join(dir, 'now/tls.key') });
  /** As the kubelet does it: a new folder, then one rename of the link that leads to it. */
  const mount = (version: string, { cert, key }: Pick<Certificate, 'cert' | 'key'>) => {
    rmSync(join(dir, version), { recursive: true, force: true });
    const files = { 'tls.crt': cert, 'tls.key': key };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(mkdir(dir, version), name), text);
    symlinkSync(join(dir, version), join(dir, 'next'));
    renameSync(join(dir, 'next'), join(dir, 'now'));
  };
  const start = async () => {
    server = await listen(
      new Hono().get('/', (c) => c.text('here')),
      {
        host: '127.0.0.1',
        port: 0,
        headersTimeoutMs: 500,
        tls: { ...paths(), onFault: (fault) => faults.push(fault), lookEveryMs: LOOK_EVERY_MS },
      },
    );
    return server.url;
  };
  const until = async (holds: () => Promise<boolean> | boolean) => {
    for (const deadlineMs = Date.now() + 30_000; !(await holds()); await sleep(LOOK_EVERY_MS)) assert.ok(Date.now() < deadlineMs);
  };

  before(() => {
    [first, second] = ['first', 'second'].map((name) => makeCertificate(name, [NAME, 'upload-api.tallyship.svc'])) as [
      Certificate,
      Certificate,
    ];
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-tls-'));
    faults = [];
    mount('v1', first);
  });
  afterEach(async () => {
    await server?.close(0);
    server = undefined;
    rmSync(dir, { recursive: true });
  });

  it('are served to a client that checks them, and plain HTTP is not', async () => {
    const url = await start();
    assert.match(url, /^https:/);
    assert.deepEqual(await askOverTls(url, first, NAME), { status: 200, text: 'here', shown: 'first' });
    await assert.rejects(askOverTls(url, second, NAME), /unable to verify|self-signed|signature/);
    await assert.rejects(askOverTls(url, first, 'elsewhere.example'), /does not match/);
    await assert.rejects(fetch(url.replace('https', 'http')));
    await assert.rejects(
      new Promise((resolve, reject) => get(url, { ca: first.ca, servername: NAME, maxVersion: 'TLSv1.1' }, resolve).on('error', reject)),
    );
  });

  it('are taken up when they change, without a restart', async () => {
    const url = await start();
    assert.equal((await askOverTls(url, first, NAME)).shown, 'first');
    mount('v2', second);
    await until(() =>
      askOverTls(url, second, NAME).then(
        ({ shown }) => shown === 'second',
        () => false,
      ),
    );
    assert.deepEqual(faults, []);
  });

  it('stay the old ones while the new pair does not fit or is gone, and it is said once', async () => {
    const url = await start();
    mount('v2', { cert: second.cert, key: first.key });
    await until(() => faults.length > 0);
    await sleep(5 * LOOK_EVERY_MS);
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? '', /^TLS_CERT_FILE \S+ with TLS_KEY_FILE \S+: .*key values mismatch/);
    assert.doesNotMatch(faults[0] ?? '', /BEGIN/);
    assert.equal((await askOverTls(url, first, NAME)).shown, 'first');
    rmSync(join(dir, 'now'));
    await until(() => faults.length > 1);
    assert.equal((await askOverTls(url, first, NAME)).status, 200);
    mount('v3', second);
    await until(() =>
      askOverTls(url, second, NAME).then(
        () => true,
        () => false,
      ),
    );
  });

  it('bound the time of a handshake', async () => {
    const { port } = new URL(await start());
    const socket = connect(Number(port), '127.0.0.1');
    await new Promise((resolve) =>
      socket
        .once('close', resolve)
        .on('error', () => undefined)
        .resume(),
    );
  });

  it('are refused at the start when one is missing, unreadable or no fit', () => {
    const settings = (cert: string, key: string) => ({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key });
    const { certFile, keyFile } = paths();
    assert.equal(tlsFilesOf(settings('', '')), undefined);
    assert.deepEqual(tlsFilesOf(settings(certFile, keyFile)), { certFile, keyFile });
    assert.throws(() => tlsFilesOf(settings(certFile, '')), /belong together/);
    assert.throws(() => tlsFilesOf(settings(certFile, join(dir, 'none'))), /TLS_KEY_FILE .*none: ENOENT/);
    assert.throws(() => tlsFilesOf(settings(keyFile, keyFile)), /TLS_CERT_FILE/);
  });

  it('make collector and upload API serve HTTPS', async () => {
    const log = createLogger('test', { level: 'silent' });
    const { certFile, keyFile } = paths();
    const tls = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile };
    writeFileSync(
      join(dir, 'keys.json'),
      JSON.stringify([{ name: 'shop', key: 'key-of-the-shop-0001', accounts: ['*'], regions: ['*'], clusters: ['*'] }]),
    );
    const collector = await startCollector(
      readSettings(COLLECTOR_SETTINGS, { ...tls, COLLECTOR_PORT: '0', DATA_DIR: join(dir, 'data') }),
      log,
    );
    const upload = {
      ...tls,
      UPLOAD_API_PORT: '0',
      KEYS_FILE: join(dir, 'keys.json'),
      STORE_BUCKET: 'lake',
      STORE_ENDPOINT: 'http://127.0.0.1:9',
    };
    const api = await startUploadApi(readSettings(UPLOAD_API_SETTINGS, upload), log);
    try {
      assert.deepEqual((await askOverTls(`${collector.url}/readyz`, first, NAME)).status, 200);
      assert.deepEqual((await askOverTls(`${api.url}/livez`, first, 'upload-api.tallyship.svc')).status, 200);
    } finally {
      await Promise.all([collector.close(), api.close()]);
    }
  });
});

function mkdir(dir: string, version: string): string {
  mkdirSync(join(dir, version), { recursive: true });
  return join(dir, version);
}
