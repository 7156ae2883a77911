import { runService } from '@tallyship/shared/runtime/run-service';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { UPLOAD_API_SETTINGS } from './settings.ts';
import { startUploadApi } from './upload-api.ts';

await runService(() => startUploadApi(readSettings(UPLOAD_API_SETTINGS, process.env)), {
  name: 'upload-api',
  settings: UPLOAD_API_SETTINGS,
});
