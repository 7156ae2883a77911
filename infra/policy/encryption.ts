import { at, isTrue, isUnknown, isValues, listAt, type Rule, type Values } from './resource.ts';

/** By type: what is not encrypted. CloudWatch Logs encrypts every group by itself. */
const UNENCRYPTED: Record<string, (inputs: Values) => string[]> = {
  'aws:ebs/volume:Volume': ({ encrypted }) => (isTrue(encrypted) ? [] : ['the volume is not encrypted']),
  'aws:ec2/launchTemplate:LaunchTemplate': ({ blockDeviceMappings }) =>
    listAt({ blockDeviceMappings }, 'blockDeviceMappings')
      .filter((mapping) => !isTrue(at(mapping, 'ebs.encrypted')))
      .map((mapping) => `the disk ${at(mapping, 'deviceName')} is not encrypted`),
  'aws:ecr/repository:Repository': ({ encryptionConfigurations }) =>
    listAt({ encryptionConfigurations }, 'encryptionConfigurations').some((entry) => at(entry, 'encryptionType') === 'KMS')
      ? []
      : ['its images are not encrypted with KMS'],
  'aws:eks/cluster:Cluster': ({ encryptionConfig }) => {
    const isOn = isUnknown(encryptionConfig) || (isValues(encryptionConfig) && listAt(encryptionConfig, 'resources').includes('secrets'));
    return isOn ? [] : ['Secrets in the cluster are not encrypted with a key of the account'];
  },
  // Without a template of its own a group has EKS's disks, which nobody encrypts.
  'aws:eks/nodeGroup:NodeGroup': ({ launchTemplate }) =>
    launchTemplate === undefined ? ['has no launch template that encrypts its disks'] : [],
  'aws:kms/key:Key': ({ enableKeyRotation }) => (isTrue(enableKeyRotation) ? [] : ['the key is never rotated']),
  'kubernetes:storage.k8s.io/v1:StorageClass': (inputs) =>
    inputs.provisioner !== 'ebs.csi.aws.com' || isTrue(at(inputs, 'parameters.encrypted')) ? [] : ['its volumes are not encrypted'],
};

export const encrypted: Rule = {
  name: 'encrypted',
  demands: 'Disks, images and the Secrets of a cluster are encrypted, by keys that rotate.',
  of: 'resource',
  check: ({ type, inputs }) => UNENCRYPTED[type]?.(inputs) ?? [],
};
