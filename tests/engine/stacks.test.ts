import assert from 'node:assert/strict';
import { plaintextIn } from '../support/engine/findings.ts';
import type { PulumiStack } from '../support/engine/pulumi-stack.ts';
import { REGISTRY_TOKEN } from '../support/engine/tables/functions.ts';
import {
  destroyLeavesWhatIsExpected,
  openOnExistingCluster,
  openPlatform,
  POLICY_PACK,
  unprotect,
  upMakesWhatIsPreviewed,
} from './platform.ts';
import { itTouchesOnlyWhatIsListed } from './settings-changes.ts';

const moreUploadReplicas = {
  path: 'tallyship:metering.uploadApi.maxReplicas',
  value: '9',
  touches: ['update kubernetes:autoscaling/v2:HorizontalPodAutoscaler tallyship/upload-api'],
};
const biggerLogs = { path: 'tallyship:cluster.logDays', value: '30', touches: ['update aws:cloudwatch/logGroup:LogGroup cluster-logs'] };
const moreNodes = {
  path: 'tallyship:cluster.nodeGroups.spot.max',
  value: '9',
  touches: ['update aws:eks/nodeGroup:NodeGroup cluster-nodes-spot'],
};

const shorterSamples = {
  path: 'tallyship:lake.sampleDays',
  value: '30',
  touches: ['update aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration lake'],
};
const moreSenders = {
  path: 'tallyship:metering.collector.senderNamespaces[0]',
  value: 'monitoring',
  touches: ['update kubernetes:networking.k8s.io/v1:NetworkPolicy tallyship/collector'],
};

const stacks = {
  dev: { open: () => openPlatform('dev'), changes: [moreUploadReplicas, biggerLogs, moreNodes] },
  qa: { open: () => openPlatform('qa'), changes: [moreUploadReplicas, biggerLogs, moreNodes] },
  prod: { open: () => openPlatform('prod'), changes: [moreUploadReplicas, biggerLogs, moreNodes] },
  'an existing cluster': { open: openOnExistingCluster, changes: [moreUploadReplicas, shorterSamples, moreSenders] },
};

for (const [name, { open, changes }] of Object.entries(stacks)) {
  describe(`the program on the real engine: ${name}`, () => {
    let stack: PulumiStack;
    before(async () => {
      stack = await open();
    });
    after(() => stack.close());

    it('makes exactly what it previews, all of it by explicit providers and within the policy pack', () =>
      upMakesWhatIsPreviewed(stack, '--policy-pack', POLICY_PACK));

    it('is at rest afterwards', () => stack.preview('--expect-no-changes'));

    it('keeps the token of the registry out of the state', async () => {
      assert.deepEqual(plaintextIn(await stack.exported(), REGISTRY_TOKEN), []);
    });

    itTouchesOnlyWhatIsListed(() => stack, changes);

    it('leaves exactly what it says', async () => {
      if (name === 'prod') await unprotect(stack);
      await destroyLeavesWhatIsExpected(stack);
    });
  });
}
