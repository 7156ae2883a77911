import {
  type Policies,
  PolicyPack,
  type PolicyProviderResource,
  type ResourceValidationArgs,
  type StackValidationArgs,
} from '@pulumi/policy';
import type { PolicyResource, Rule, Values } from './resource.ts';
import { RULES } from './rules.ts';

type Asked = Pick<ResourceValidationArgs, 'urn' | 'type' | 'name' | 'props'> & { provider?: PolicyProviderResource | undefined };

/**
 * What was asked of each resource, by URN. In a first preview a cluster that is not there yet gives its objects no outputs, and those are
 * all that a stack's rules would get.
 */
const inputsSeen = new Map<string, Values>();

new PolicyPack('tallyship', { enforcementLevel: 'mandatory', policies: RULES.map(policyOf) });

function policyOf(rule: Rule): Policies[number] {
  const { name, demands: description } = rule;
  if (rule.of === 'stack') {
    return {
      name,
      description,
      validateStack: ({ resources }, report) => {
        for (const { urn, says } of rule.check(resources.map(stackResource))) report(says, urn);
      },
    };
  }
  return {
    name,
    description,
    validateResource: (args, report) => {
      const resource = resourceOf(args);
      inputsSeen.set(args.urn, resource.inputs);
      for (const says of rule.check(resource)) report(says);
    },
  };
}

function stackResource(resource: StackValidationArgs['resources'][number]): PolicyResource {
  const refersTo = Object.entries(resource.propertyDependencies).map(([input, others]) => [input, others.map(({ urn }) => urn)]);
  const inputs = inputsSeen.get(resource.urn);
  return { ...resourceOf(resource), ...(inputs && { inputs }), refersTo: Object.fromEntries(refersTo) };
}

function resourceOf({ urn, type, name, props, provider }: Asked): PolicyResource {
  return { urn, type, name, inputs: plain(props), ...(provider && { provider: provider.name }), refersTo: {} };
}

/** The values behind a proxy that throws for each one that is not known yet: here they are data, and stand as `UNKNOWN`. */
function plain(props: Values): Values {
  return Object.fromEntries(Object.entries(Object.getOwnPropertyDescriptors(props)).map(([key, { value }]) => [key, value]));
}
