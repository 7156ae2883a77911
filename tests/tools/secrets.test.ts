import assert from 'node:assert/strict';
import { putSecretArgs } from '../../tools/secrets/put-secret-args.ts';

const secret = { stack: 'dev', name: 'upload-key', region: 'us-east-1', value: 'a-value' };

describe('secret:set', () => {
  it('names the secret of the stack and never its value', () => {
    const args = putSecretArgs(secret);
    assert.equal(args[args.indexOf('--secret-id') + 1], 'tallyship/dev/upload-key');
    assert.ok(!args.join(' ').includes(secret.value));
  });

  it('refuses an empty value', () => {
    assert.throws(() => putSecretArgs({ ...secret, value: '\n' }), /upload-key is empty/);
  });
});
