import assert from 'node:assert/strict';
import { integer, optionalText, text } from '@tallyship/shared/runtime/settings';
import { type EnvOf, envOf } from '../../../infra/workloads/env.ts';

const SIEVE = {
  GRAIN_DIR: text({ describe: 'Where the grain is.' }),
  MESH_MM: integer({ min: 1, max: 9, fallback: '4', describe: 'Width.' }),
  SACK_FILE: optionalText({ describe: 'Where it goes.' }),
};

describe('the environment of a service', () => {
  it('holds what was given, as text, and fields of the pod', () => {
    const env = envOf(SIEVE, { GRAIN_DIR: { podField: 'metadata.name' }, MESH_MM: 3 });
    assert.deepEqual(env, [
      { name: 'GRAIN_DIR', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'MESH_MM', value: '3' },
    ]);
  });

  it('refuses what the service would refuse at its start, all of it at once', () => {
    assert.throws(() => envOf(SIEVE, { GRAIN_DIR: '', MESH_MM: 12 }), {
      message: /^GRAIN_DIR="" .+\nMESH_MM="12" is above 9$/,
    });
  });

  it('is a type error without a required setting, and with one that does not exist', () => {
    // @ts-expect-error GRAIN_DIR is required
    const missing: EnvOf<typeof SIEVE> = { MESH_MM: 3 };
    // @ts-expect-error the name has a typo
    const unknown: EnvOf<typeof SIEVE> = { GRAIN_DIR: '/grain', MESH_MMM: 3 };
    assert.ok(missing && unknown);
  });
});
