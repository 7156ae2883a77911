import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const SERVICES = { collector: 'DATA_DIR', console: 'LAKE_DIR', 'upload-api': 'KEYS_FILE', shipper: 'DATA_DIR' };

describe('--help of a service', () => {
  for (const [service, setting] of Object.entries(SERVICES)) {
    it(`${service}: names its settings and their defaults, and starts nothing`, () => {
      const main = join(import.meta.dirname, '../../../../services', service, 'main.ts');
      const { status, stdout, stderr } = spawnSync(process.execPath, [main, '--help'], {
        env: { PATH: process.env.PATH },
        encoding: 'utf8',
      });
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, new RegExp(`^  ${setting} \\((required|default: empty)\\)\\n      \\S`, 'm'));
      assert.match(stdout, /^ {2}LOG_LEVEL \(default: info\)$/m);
    });
  }
});
