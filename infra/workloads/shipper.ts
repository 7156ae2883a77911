import { SHIPPER_SETTINGS } from '@tallyship/shipper/settings';
import { envOf, type PodField } from './env.ts';
import type { MeteringArgs } from './metering-args.ts';
import { INTERNET, type Peer } from './network-policy.ts';
import { PLACES, peer, serviceUrl } from './places.ts';
import type { ContainerSpec, VolumeSpec } from './pod.ts';
import { DATA_DIR, SECRETS_DIR, secretVolumes, serviceContainer } from './service-container.ts';
import { callingTls } from './tls.ts';

const GIB = 1024 ** 3;
/** Of the data volume; the log has as much again, the rest is for the ledger and for what is being written. */
const SHARE = 0.4;

/** A shipper over the volume `data`. Its readiness counts for no pod: an upload API that is away must not stop the ingest. */
export function shipperContainer(args: MeteringArgs, shipperId: string | PodField): ContainerSpec {
  const { secrets, collector, images } = args;
  const secretNames = Object.keys(secretsOf(args));
  const calling = callingTls(args, PLACES.collector.name);
  return serviceContainer({
    name: 'shipper',
    image: images.shipper,
    port: PLACES.collector.shipperPort,
    env: [
      ...envOf(SHIPPER_SETTINGS, {
        SHIPPER_HOST: '0.0.0.0',
        SHIPPER_PORT: PLACES.collector.shipperPort,
        DATA_DIR,
        SHIPPER_ID: shipperId,
        LAKE_UPLOAD_URL: serviceUrl(PLACES.uploadApi, args.tls !== undefined),
        LAKE_API_KEY_FILE: `${SECRETS_DIR}/upload-key/key`,
        MAX_DATA_BYTES: Math.floor(collector.volumeGib * GIB * SHARE),
        ...(secrets.cloudzeroKey !== undefined && { CLOUDZERO_API_KEY_FILE: `${SECRETS_DIR}/cloudzero-key/key` }),
      }),
      ...calling.env,
    ],
    size: { cpuRequestMillis: 50, cpuLimitMillis: 1000, memoryMib: 384 },
    mounts: { data: DATA_DIR, ...Object.fromEntries(secretNames.map((name) => [name, `${SECRETS_DIR}/${name}`])), ...calling.mounts },
    hasTraffic: false,
  });
}

export function shipperVolumes(args: MeteringArgs): Record<string, VolumeSpec> {
  return { ...secretsOf(args), ...callingTls(args, PLACES.collector.name).volumes };
}

function secretsOf({ secrets }: MeteringArgs): Record<string, VolumeSpec> {
  return secretVolumes({ 'upload-key': secrets.uploadKey, 'cloudzero-key': secrets.cloudzeroKey });
}

/** The upload API, and what upload URLs lead to: the object store, CloudZero. */
export const shipperReaches: Peer[] = [peer(PLACES.uploadApi, [PLACES.uploadApi.port]), INTERNET];
