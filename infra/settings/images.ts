import { z } from 'zod';
import { imageByDigest, pinnedImage } from './fields.ts';

// Images of other projects that run in the cluster; newer ones are a setting away.
const PROMETHEUS = 'quay.io/prometheus/prometheus:v3.14.0';
const KUBE_STATE_METRICS = 'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0';

const agents = {
  prometheus: pinnedImage.default(PROMETHEUS).describe('Image of the agent.'),
  kubeStateMetrics: pinnedImage.default(KUBE_STATE_METRICS).describe('Image of kube-state-metrics.'),
};

const build = z.strictObject({
  mode: z.literal('build').describe('`pulumi up` builds the services’ images and pushes them to repositories of the stack.'),
  base: imageByDigest.describe('Image that all of them stand on: distroless Node 24 for users that are not root.'),
  platforms: z
    .array(z.enum(['linux/amd64', 'linux/arm64']))
    .min(1, 'names no platform')
    .default(['linux/amd64', 'linux/arm64'])
    .describe('Platforms of each image; those of the nodes must be among them.'),
  isBuiltInPreview: z.boolean().default(false).describe('Whether a preview builds too, to see that the images can be built.'),
  ...agents,
});

const prebuilt = z.strictObject({
  mode: z.literal('prebuilt').describe('The images are somewhere already.'),
  collector: imageByDigest.describe('Image of the collector.'),
  shipper: imageByDigest.describe('Image of the shipper.'),
  uploadApi: imageByDigest.describe('Image of the upload API.'),
  console: imageByDigest.exactOptional().describe('Image of the console. Required unless metering.hasConsole is off.'),
  hasPullSecret: z
    .boolean()
    .default(false)
    .describe('Their registry asks for a login: the secret `pull-secret`, JSON as `docker login` writes it (`{"auths":{…}}`).'),
  ...agents,
});

export const imagesSchema = z.discriminatedUnion('mode', [build, prebuilt]);
export type ImagesSettings = z.output<typeof imagesSchema>;
export type BuildImagesSettings = z.output<typeof build>;
