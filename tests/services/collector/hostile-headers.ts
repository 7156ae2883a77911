import * as w from '../../support/remote-write-wire.ts';
import { GOOD_V2, goodV1, type HostileCase, NO_HEADERS, SYMBOLS, stored } from './hostile-case.ts';

const PROTOBUF = 'application/x-protobuf';
const V2_NAME = 'io.prometheus.write.v2.Request';
const body = () => w.block(goodV1());
const bodyV2 = () => w.block(w.message(SYMBOLS, GOOD_V2));
const corrupt = () => Buffer.from('not a block');
const written = { status: 204, written: '1,0,0', stored: [stored()] };
const type = (contentType: string, isV2 = false): HostileCase => ({
  name: `Content-Type ${contentType}`,
  headers: { 'content-type': contentType },
  body: isV2 ? bodyV2 : body,
  ...written,
});
const wrongType = (contentType: string): HostileCase => ({
  name: `Content-Type ${contentType}`,
  headers: { 'content-type': contentType },
  body: corrupt,
  status: 415,
  says: /Content-Type is not remote write/,
});
const encoding = (value: string): HostileCase => ({
  name: `Content-Encoding ${value}`,
  headers: { 'content-encoding': value },
  body,
  ...written,
});
const wrongEncoding = (value: string): HostileCase => ({
  name: `Content-Encoding ${value}`,
  headers: { 'content-encoding': value },
  body: corrupt,
  status: 415,
  says: /Content-Encoding is not snappy/,
});
const method = (name: string, path = '/api/v1/write'): HostileCase => ({
  name: `${name} ${path}`,
  method: name,
  path,
  status: 405,
  written: NO_HEADERS,
  says: name === 'HEAD' ? /^$/ : /use POST/,
});
const path = (path: string): HostileCase => ({ name: `POST ${path}`, path, body, ...written });
const identity = (query: Record<string, string>, says: RegExp): HostileCase => ({
  name: `identity ${JSON.stringify(query).slice(0, 60)}`,
  query,
  body,
  status: 400,
  says,
});

/** Heads of requests; the body is a good one unless it must not be looked at. */
export const HEADER_CASES: HostileCase[] = [
  { name: 'no Content-Type and no Content-Encoding', body, ...written },
  type(PROTOBUF),
  type('Application/X-Protobuf'),
  type(`${PROTOBUF};`),
  type(`${PROTOBUF}; charset=utf-8`),
  type(`${PROTOBUF};proto=prometheus.WriteRequest`),
  type(`${PROTOBUF};proto=${V2_NAME}`, true),
  type(`${PROTOBUF}; proto=${V2_NAME}`, true),
  type(`${PROTOBUF} ; PROTO="${V2_NAME}" `, true),
  type(`${PROTOBUF};q=1;proto="${V2_NAME}";v=2`, true),
  type('', false),
  wrongType(`${PROTOBUF};proto=io.prometheus.write.v3.Request`),
  wrongType(`${PROTOBUF};proto=`),
  wrongType(`${PROTOBUF};proto=${V2_NAME.toLowerCase()}`),
  wrongType('application/json'),
  wrongType('image/png'),
  wrongType('application/x-protobuffer'),
  wrongType('text/plain, application/x-protobuf'),
  encoding('snappy'),
  encoding('SNAPPY'),
  encoding(''),
  wrongEncoding('gzip'),
  wrongEncoding('deflate'),
  wrongEncoding('zstd'),
  wrongEncoding('identity'),
  wrongEncoding('snappy, gzip'),
  { name: 'version header that lies', headers: { 'x-prometheus-remote-write-version': '2.0.0' }, body, ...written },
  { name: 'version header of nonsense', headers: { 'x-prometheus-remote-write-version': '999' }, body, ...written },
  method('GET'),
  method('HEAD'),
  method('PUT'),
  method('DELETE'),
  method('PATCH'),
  method('OPTIONS'),
  method('GET', '/collector'),
  method('PUT', '/metrics'),
  path('/collector'),
  path('/metrics'),
  { name: 'POST of a path that is none', path: '/api/v1/writes', body, status: 404, written: NO_HEADERS, says: /\/api\/v1\/write/ },
  { name: 'POST of a path that climbs', path: '/api/v1/write/../../../etc', body, status: 404, written: NO_HEADERS },
  { name: 'query with more parameters than needed', query: { cloud_account_id: '', region: '', nothing: 'x' }, body, ...written },
  identity({ cloud_account_id: '12345' }, /account "12345" is not 12 digits/),
  identity({ cloud_account_id: '12345678901a' }, /is not 12 digits/),
  identity({ cloud_account_id: '123456789012\n' }, /is not 12 digits/),
  identity({ region: '../../etc' }, /region "\.\.\/\.\.\/etc" is not a region code/),
  identity({ region: 'US_EAST' }, /is not a region code/),
  identity({ cluster_name: '../../../../tmp/x' }, /cluster .* is not 1 to 100/),
  identity({ cluster_name: '..' }, /cluster "\.\." is not/),
  identity({ cluster_name: 'a/b' }, /cluster "a\/b" is not/),
  identity({ cluster_name: 'a\u0000b' }, /cluster .* is not/),
  identity({ cluster_name: 'c=d' }, /cluster "c=d" is not/),
  identity({ cluster_name: 'x'.repeat(5000) }, /^.{1,200}$/),
];
