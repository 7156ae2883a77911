import assert from 'node:assert/strict';
import { assertCostsMatch, runDemoProcess } from '../services/local/demo-against-closed-form.ts';

const MAX_SECONDS = 120;

describe('npm run demo over a whole day', function () {
  this.timeout(600_000);

  for (const seed of [1, 2]) {
    it(`equals the closed form within ${MAX_SECONDS} s (seed ${seed})`, async () => {
      const startMs = performance.now();
      const run = await runDemoProcess(24, seed);
      assertCostsMatch(run);
      assert.ok(performance.now() - startMs < MAX_SECONDS * 1000, `took ${(performance.now() - startMs) / 1000} s`);
    });
  }
});
