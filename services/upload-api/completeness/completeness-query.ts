import { type ClusterIdentity, identityFaults } from '@tallyship/shared/contracts/identity';
import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import { badRequest, quote } from '../http/bad-request.ts';
import type { TimeRange } from './judge-hours.ts';

const MAX_HOURS = 31 * 24;

/**
 * `cluster=account/region/cluster`, `from` and `to` in ISO 8601 on whole hours (UTC where no zone is given).
 * @throws HttpError 400 naming the parameter
 */
export function readCompletenessQuery(get: (name: string) => string | undefined): { identity: ClusterIdentity; range: TimeRange } {
  const [account = '', region = '', cluster = '', ...more] = (get('cluster') ?? '').split('/');
  const identity = { account, region, cluster };
  const [fault] = more.length > 0 ? ['it has more than three parts'] : identityFaults(identity);
  if (fault) throw badRequest(`cluster is not account/region/cluster: ${fault}`);
  const range = { fromMs: readHour('from', get('from')), toMs: readHour('to', get('to')) };
  const hours = (range.toMs - range.fromMs) / HOUR_MS;
  if (hours < 1 || hours > MAX_HOURS) throw badRequest(`to must be 1 to ${MAX_HOURS} hours after from`);
  return { identity, range };
}

function readHour(name: string, text: string | undefined): number {
  const parts = /^(?<date>\d{4}-\d\d-\d\d)(?:T(?<time>\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(?<zone>Z|[+-]\d\d:\d\d)?)?$/.exec(
    text ?? '',
  )?.groups;
  const ms = parts ? Date.parse(`${parts.date}T${parts.time ?? '00:00'}${parts.zone ?? 'Z'}`) : Number.NaN;
  if (Number.isNaN(ms)) throw badRequest(`${name} ${quote(text ?? '')} is not an ISO 8601 time such as 2026-11-21T10:00Z`);
  if (ms % HOUR_MS !== 0) throw badRequest(`${name} ${quote(text ?? '')} is not on a whole hour`);
  return ms;
}
