import type { WriteVersion } from '../decode/decode-request.ts';

const PROTO_NAMES = new Map<string, WriteVersion>([
  ['prometheus.WriteRequest', 1],
  ['io.prometheus.write.v2.Request', 2],
]);

/** `name=value` behind a media type: spaces around, case of the name and quotes are free (RFC 9110, 5.6.6). */
const PARAMETER = /^(?<name>[^=\s]+)\s*=\s*(?:"(?<quoted>[^"]*)"|(?<plain>[^\s"]*))$/;

/**
 * The remote write version that a Content-Type names; the body is never looked at, and the version header is information only.
 * @returns undefined for a type that is not remote write: 415
 */
export function writeVersionOf(contentType: string | undefined): WriteVersion | undefined {
  if (!contentType?.trim()) return 1;
  const [type = '', ...parameters] = contentType.split(';');
  if (type.trim().toLowerCase() !== 'application/x-protobuf') return undefined;
  let version: WriteVersion | undefined = 1;
  for (const parameter of parameters) {
    const { name, quoted, plain } = PARAMETER.exec(parameter.trim())?.groups ?? {};
    if (name?.toLowerCase() === 'proto') version = PROTO_NAMES.get(quoted ?? plain ?? '');
  }
  return version;
}

/** Absent counts as snappy, as in the reference receiver; anything else is 415, before the body is read. */
export function isSnappy(contentEncoding: string | undefined): boolean {
  return !contentEncoding || contentEncoding.trim().toLowerCase() === 'snappy';
}
