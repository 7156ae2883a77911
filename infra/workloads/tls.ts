import type { MeteringArgs } from './metering-args.ts';
import type { VolumeSpec } from './pod.ts';
import { SECRETS_DIR, secretVolumes } from './service-container.ts';

type Args = Pick<MeteringArgs, 'tls'>;

const DIR = `${SECRETS_DIR}/tls`;
/** The certificate that callers check with, as a file of their ConfigMap. */
export const CA_FILE = 'ca.crt';

/** What a service needs to serve HTTPS: settings, volume, and where it is seen. Without TLS nothing. */
export const servingTls = ({ tls }: Args) => ({
  env: tls === undefined ? {} : { TLS_CERT_FILE: `${DIR}/tls.crt`, TLS_KEY_FILE: `${DIR}/tls.key` },
  volumes: secretVolumes({ tls: tls?.secretName }),
  mounts: tls === undefined ? {} : { tls: DIR },
});

const CA_VOLUME = 'ca';
const CA_DIR = `${SECRETS_DIR}/ca`;

/** What a service of ours needs to call one that serves HTTPS; the file is one of the ConfigMap `configMap`. */
export const callingTls = ({ tls }: Args, configMap: string) => ({
  // Node reads it once, at its start: a change of the ConfigMap rolls the pods.
  env: tls === undefined ? [] : [{ name: 'NODE_EXTRA_CA_CERTS', value: `${CA_DIR}/${CA_FILE}` }],
  volumes: (tls === undefined ? {} : { [CA_VOLUME]: { kind: 'config', configMap } }) as Record<string, VolumeSpec>,
  mounts: tls === undefined ? {} : { [CA_VOLUME]: CA_DIR },
});

/** The file itself. */
export const caFile = ({ tls }: Args): Record<string, string> => (tls === undefined ? {} : { [CA_FILE]: tls.caCertificate });
