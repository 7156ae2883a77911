import type { MeteringSettings } from '../settings/metering.ts';

/** Secrets of the metering: the name is the same in Secrets Manager and in the cluster; pods find the value in the file. */
const FILES = { 'upload-keys': 'keys.json', 'upload-key': 'key', 'ingest-tokens': 'tokens', 'cloudzero-key': 'key' } as const;
export type MeteringSecret = keyof typeof FILES;

/** Which secrets the settings ask for. */
export function meteringSecrets({ hasIngestTokens, sendsToCloudzero }: MeteringSettings): MeteringSecret[] {
  return [
    'upload-keys',
    'upload-key',
    ...(hasIngestTokens ? (['ingest-tokens'] as const) : []),
    ...(sendsToCloudzero ? (['cloudzero-key'] as const) : []),
  ];
}

export const fileOf = (secret: MeteringSecret) => FILES[secret];
