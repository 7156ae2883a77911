import { containersOf, podSpecOf } from './pods.ts';
import { at, isUnknown, type Rule, type Values } from './resource.ts';

const DIGEST = /@sha256:[0-9a-f]{64}$/;
const EXACT_VERSION = /^v?[0-9]+\.[0-9]+\.[0-9]+([-+][\w.-]+)?$/;

/** Images of other projects that may be named by the tag of a release; a digest in the settings is stricter. */
const RELEASE_TAGS: { image: RegExp; why: string }[] = [
  { image: /(^|\/)prometheus\/prometheus:v[0-9]+\.[0-9]+\.[0-9]+$/, why: 'the project never moves the tag of a release' },
  { image: /(^|\/)kube-state-metrics\/kube-state-metrics:v[0-9]+\.[0-9]+\.[0-9]+$/, why: 'the registry lets nobody move a tag' },
];

/** What must say its version exactly, and how that looks. */
const VERSIONED: Record<string, { input: string; looks: RegExp }[]> = {
  'aws:eks/addon:Addon': [{ input: 'addonVersion', looks: EXACT_VERSION }],
  'aws:eks/cluster:Cluster': [{ input: 'version', looks: /^1\.[0-9]{2}$/ }],
  'aws:eks/nodeGroup:NodeGroup': [
    { input: 'version', looks: /^1\.[0-9]{2}$/ },
    { input: 'launchTemplate.version', looks: /^[0-9]+$/ },
  ],
  'kubernetes:helm.sh/v3:Chart': [{ input: 'version', looks: EXACT_VERSION }],
  'kubernetes:helm.sh/v3:Release': [{ input: 'version', looks: EXACT_VERSION }],
  'kubernetes:helm.sh/v4:Chart': [{ input: 'version', looks: EXACT_VERSION }],
};

export const versionsPinned: Rule = {
  name: 'versions-pinned',
  demands: 'Clusters, nodes, add-ons and charts say their version: two ups of one commit make the same.',
  of: 'resource',
  check: ({ type, inputs }) =>
    (VERSIONED[type] ?? []).flatMap(({ input, looks }) => {
      const version = at(inputs, input);
      if (isUnknown(version)) return [];
      if (version === undefined) return [`${input} is missing`];
      return looks.test(String(version)) ? [] : [`${input} ${version} is not an exact version`];
    }),
};

export const imagesByDigest: Rule = {
  name: 'images-by-digest',
  demands: 'Images are named by digest, and a tag in a registry never changes what it means.',
  of: 'resource',
  check: (resource) => {
    const { type, inputs } = resource;
    if (type === 'docker-build:index:Image') return unlessDigest('the base image', baseOf(inputs));
    if (type === 'aws:ecr/repository:Repository' && inputs.imageTagMutability !== 'IMMUTABLE') return ['its tags can be moved'];
    const containers = containersOf(podSpecOf(resource));
    return containers.flatMap(({ label, container }) => unlessDigest(`${label}: image`, container.image));
  },
};

/** The argument `BASE` of our Dockerfiles. */
const baseOf = (inputs: Values) => at(inputs, 'buildArgs.BASE');

function unlessDigest(what: string, image: unknown): string[] {
  if (isUnknown(image) || (typeof image === 'string' && isPinned(image))) return [];
  return [`${what} ${image === undefined ? 'is missing' : `${image} names no digest`}`];
}

const isPinned = (image: string) => DIGEST.test(image) || RELEASE_TAGS.some((entry) => entry.image.test(image));
