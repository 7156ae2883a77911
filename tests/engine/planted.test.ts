import assert from 'node:assert/strict';
import { plaintextIn, previewLies } from '../support/engine/findings.ts';
import { TOKEN, withProgram } from './programs.ts';

describe('programs with a planted fault: each says what and where', () => {
  const refusedUps = {
    'wrong-order.ts': /aws:eks:Addon \(coredns\):\s+error: addon coredns is DEGRADED: InsufficientNumberOfReplicas: no node of main/,
    'duplicate-name.ts':
      /aws:iam:Role \(writer\):\s+error: EntityAlreadyExists: lake-access is taken by aws:iam\/role:Role lake-access \(reader\)/,
    'wrong-subnet.ts': /aws:eks:NodeGroup \(main\):\s+error: NodeCreationFailure: [^\n]* subnet subnet-\w+ has no way out/,
  };
  for (const [file, says] of Object.entries(refusedUps)) {
    it(`${file} is refused by an up`, () => withProgram(file, (stack) => assert.rejects(stack.up(), says)));
  }

  it('missing-provider.ts is refused by a preview', () =>
    withProgram('missing-provider.ts', (stack) =>
      assert.rejects(stack.preview(), /Default provider for 'aws' disabled\. 'urn:[^']*Bucket::logs' must use an explicit provider/),
    ));

  it('plaintext-secret.ts shows its secret in the state', () =>
    withProgram('plaintext-secret.ts', async (stack) => {
      await stack.up();
      const found = plaintextIn(await stack.exported(), TOKEN);
      const bucket = 'urn:pulumi:dev::planted::aws:s3/bucket:Bucket::lake';
      assert.deepEqual(
        found,
        ['inputs.tags.token', 'outputs.tags.token'].map((path) => `${bucket}: ${path} holds the secret in plain text`),
      );
    }));

  it('made-in-apply.ts makes more than it previews', () =>
    withProgram('made-in-apply.ts', async (stack) => {
      const preview = await stack.preview();
      await stack.up();
      const [lie] = previewLies(preview, await stack.exported());
      assert.match(lie ?? '', /aws:kms\/key:Key::hidden was made but not previewed/);
    }));

  it('perpetual-diff.ts never comes to rest', () =>
    withProgram('perpetual-diff.ts', async (stack) => {
      await stack.up();
      await assert.rejects(
        stack.preview('--expect-no-changes'),
        /no changes were expected[\s\S]*update urn:[^\n]*Bucket::lake tags\.project/,
      );
    }));

  it('orphaned-balancer.ts leaves a load balancer that holds the network', () =>
    withProgram('orphaned-balancer.ts', async (stack) => {
      await stack.up();
      await assert.rejects(
        stack.destroy(),
        /DependencyViolation: aws:ec2\/subnet:Subnet [^\n]* is still used by aws:lb\/loadBalancer:LoadBalancer [^\n]*made by Ingress default\/web/,
      );
    }));

  it('a token that the simulation does not know is refused by name', () =>
    withProgram('unknown-token.ts', (stack) => assert.rejects(stack.preview(), /aws:dynamodb\/table:Table is not simulated: add it/)));
});
