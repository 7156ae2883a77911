import { UPLOAD_BASE_PATH } from '@tallyship/shared/contracts/upload-wire';
import { SettingsError } from '@tallyship/shared/runtime/settings';
import type { ShipperSettings } from './settings.ts';
import type { UploadProtocol } from './upload-client.ts';

export type Target = {
  /** Name of its folder on the data volume, in the ledger and in telemetry. */
  name: 'lake' | 'cloudzero';
  base: URL;
  protocol: UploadProtocol;
  apiKeyFile: string;
  /** Whether upload requests declare hash and size, so that URLs are bound to them: our own API alone takes that. */
  declaresDigests: boolean;
  /** Whether it is asked for replays while nothing is to be shipped: our own API alone, CloudZero's wire stays as its agents speak it. */
  asksForReplays: boolean;
  /** Unshipped bytes above which the oldest files are given up; absent for a required target, which never loses a file. */
  quotaBytes?: number;
};

/**
 * The targets that the settings name.
 * @throws SettingsError when there is none, or one is named by halves
 */
export function targetsOf(settings: ShipperSettings): Target[] {
  const lake = settings.LAKE_UPLOAD_URL !== '';
  const faults = [
    ...(lake && settings.LAKE_API_KEY_FILE === '' ? ['LAKE_API_KEY_FILE is required with LAKE_UPLOAD_URL'] : []),
    ...(lake || settings.CLOUDZERO_API_KEY_FILE !== '' ? [] : ['no target: set LAKE_UPLOAD_URL or CLOUDZERO_API_KEY_FILE']),
    ...urlFaults('LAKE_UPLOAD_URL', settings.LAKE_UPLOAD_URL),
    ...urlFaults('CLOUDZERO_URL', settings.CLOUDZERO_URL),
  ];
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));
  const all: Target[] = [
    {
      name: 'lake',
      base: baseOf(settings.LAKE_UPLOAD_URL || 'http://unset'),
      protocol: 'current',
      apiKeyFile: settings.LAKE_API_KEY_FILE,
      declaresDigests: true,
      asksForReplays: true,
    },
    {
      name: 'cloudzero',
      base: baseOf(settings.CLOUDZERO_URL),
      protocol: settings.CLOUDZERO_PROTOCOL,
      apiKeyFile: settings.CLOUDZERO_API_KEY_FILE,
      declaresDigests: false,
      asksForReplays: false,
      quotaBytes: settings.CLOUDZERO_QUOTA_BYTES,
    },
  ];
  return all.filter(({ apiKeyFile }) => apiKeyFile !== '');
}

/** A URL without a path means the API's usual one. */
function baseOf(text: string): URL {
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = UPLOAD_BASE_PATH;
  return url;
}

function urlFaults(name: string, text: string): string[] {
  if (text === '') return [];
  const isUsable = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).username === '';
  return isUsable ? [] : [`${name} is not an http or https URL without credentials`];
}
