import assert from 'node:assert/strict';
import { RULES } from '../../infra/policy/rules.ts';
import { POLICY_PACK } from './platform.ts';
import { withProgram } from './programs.ts';

/** What the pack says of the resource that is named after the rule which it breaks. */
const says: Record<string, string> = {
  'explicit-provider': 'is made by the default provider default',
  'iam-exact': 'statement Planted allows the resource arn:aws:s3:::*',
  'iam-managed-listed': 'attaches arn:aws:iam::aws:policy/AdministratorAccess, which no table gives a reason for',
  'nothing-public': 'lets in 0.0.0.0/0',
  'buckets-closed': 'nothing keeps it from being made public',
  encrypted: 'the key is never rotated',
  'no-secret-values': 'secretString would stand in the state',
  'metadata-guarded': 'the metadata answers without a token',
  'logs-kept': 'keeps its logs for ever',
  'versions-pinned': 'version is missing',
  'images-by-digest': 'container main: image nginx:latest names no digest',
  'limits-set': 'container main has no limits.memory',
  'pods-restricted': 'container main may gain privileges',
};

/** That the stacks of the program pass is shown where they are made: stacks.test.ts. */
describe('the policy pack on the real engine', () => {
  let text = '';
  before(() =>
    withProgram('broken-rules.ts', (stack) =>
      assert.rejects(stack.previewText('--policy-pack', POLICY_PACK), (error: Error) => {
        text = error.message;
        return true;
      }),
    ),
  );

  for (const { name } of RULES) {
    it(`refuses a preview that breaks ${name}, and names the resource`, () => {
      const violation = `\\[mandatory\\] +${name} +\\([^)]*: ${name}\\)\\n[^\\n]*\\n +${escaped(says[name] ?? 'nothing')}`;
      assert.match(text, new RegExp(violation));
    });
  }

  it('finds nothing else in that program', () => {
    const broken = [...text.matchAll(/\[mandatory\] +([\w-]+) +\([^)]*: ([\w-]+)\)/g)].map(([, rule, resource]) => `${rule} ${resource}`);
    assert.deepEqual([...new Set(broken)].sort(), RULES.map(({ name }) => `${name} ${name}`).sort());
  });

  it('stops an up before the resource is made', () =>
    withProgram('broken-rules.ts', async (stack) => {
      await assert.rejects(stack.up('--policy-pack', POLICY_PACK), /\[mandatory\]/);
      const made = stack.account.things.map(({ urn }) => urn.split('::').at(-1));
      assert.deepEqual(
        made.filter((name) => RULES.some((rule) => rule.of === 'resource' && rule.name === name)),
        [],
      );
    }));
});

const escaped = (literal: string) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
