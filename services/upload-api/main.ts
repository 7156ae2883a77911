import { readSettings, SettingsError } from '@tallyship/shared/runtime/settings';
import { UPLOAD_API_SETTINGS } from './settings.ts';
import { startUploadApi } from './upload-api.ts';

try {
  const api = await startUploadApi(readSettings(UPLOAD_API_SETTINGS, process.env));
  const stop = async () => {
    await api.close();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  process.stderr.write(`${error instanceof SettingsError ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}
