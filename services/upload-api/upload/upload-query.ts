import { type ClusterIdentity, identityFaults } from '@tallyship/shared/contracts/identity';
import { MAX_FILES_PER_CALL } from '@tallyship/shared/contracts/upload-wire';
import { badRequest, quote } from '../http/bad-request.ts';

/** What the query of every call of a shipper says. `shipperId` is undefined when nothing names one (2024). */
export type ShipperQuery = { identity: ClusterIdentity; shipperId: string | undefined };
export type UploadQuery = ShipperQuery & { count: number | undefined; expiresS: number | undefined };

const SHIPPER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * The agents of 2024 give each cluster parameter twice: the first counts.
 * @param get the first value of a query parameter
 * @throws HttpError 400 naming the parameter
 */
export function readShipperQuery(get: (name: string) => string | undefined, headerShipperId: string | undefined): ShipperQuery {
  const required = (name: string) => {
    const value = get(name);
    if (!value) throw badRequest(`${name} is missing from the query`);
    return value;
  };
  const identity = { cluster: required('cluster_name'), account: required('cloud_account_id'), region: required('region') };
  const [fault] = identityFaults(identity);
  if (fault) throw badRequest(fault);
  return { identity, shipperId: checkShipperId(get('shipper_id') || headerShipperId || undefined) };
}

/** @throws HttpError 400 naming the parameter */
export function readUploadQuery(get: (name: string) => string | undefined, headerShipperId: string | undefined): UploadQuery {
  return {
    ...readShipperQuery(get, headerShipperId),
    count: wholeNumber('count', get('count'), 0, MAX_FILES_PER_CALL),
    expiresS: wholeNumber('expiration', get('expiration'), 1, Number.MAX_SAFE_INTEGER),
  };
}

/** The id becomes a folder name of the lake. */
export function checkShipperId(id: string | undefined): string | undefined {
  if (id !== undefined && !SHIPPER_ID.test(id)) throw badRequest(`shipper id ${quote(id)} is not 1 to 100 of A-Z a-z 0-9 . _ -`);
  return id;
}

function wholeNumber(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw badRequest(`${name} ${quote(text)} is not a whole number from ${min} to ${max}`);
  return value;
}
