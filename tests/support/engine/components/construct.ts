import { credentials } from '@grpc/grpc-js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import monitorService from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import monitor from '@pulumi/pulumi/proto/resource_pb.js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';
import type { Account } from '../account.ts';
import { isValues, UNKNOWN, unwrap, type Values } from '../values.ts';
import type { Child, Component, Registered } from './component.ts';

/**
 * Runs a remote component: registers it and its children with the engine that asks for it.
 * @param built outputs of the components so far, by URN: a later one may take an earlier one as its argument
 * @throws Error for an unknown component
 */
export async function construct(
  { components, account, accountId }: { components: Record<string, Component>; account: Account; accountId: string },
  built: Map<string, Values>,
  request: provider.ConstructRequest,
): Promise<provider.ConstructResponse> {
  const component = components[request.getType()];
  if (!component) throw new Error(`${request.getType()} is not simulated: add it to tests/support/engine/components/table.ts`);
  const client = new monitorService.ResourceMonitorClient(request.getMonitorendpoint(), credentials.createInsecure());
  try {
    const self = await register(client, selfRequest(request), request.getDryrun());
    const outputs = await component({
      accountId,
      name: request.getName(),
      inputs: unwrap(request.getInputs()?.toJavaScript() ?? {}) as Values,
      register: (child) => register(client, childRequest(request, child, self, dependenciesOf(child, account)), request.getDryrun()),
      outputsOf: (reference) => (isValues(reference) ? built.get(String(reference.urn)) : undefined),
    });
    built.set(self.urn, outputs);
    const state = struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(outputs)));
    await registerOutputs(client, self.urn, state);
    return new provider.ConstructResponse().setUrn(self.urn).setState(state);
  } finally {
    client.close();
  }
}

function selfRequest(request: provider.ConstructRequest): monitor.RegisterResourceRequest {
  return new monitor.RegisterResourceRequest()
    .setType(request.getType())
    .setName(request.getName())
    .setParent(request.getParent())
    .setCustom(false)
    .setProtect(request.getProtect() ?? false)
    .setDependenciesList(request.getDependenciesList())
    .setAliasesList(request.getAliasesList())
    .setAcceptsecrets(true)
    .setAcceptresources(true)
    .setObject(new struct.Struct());
}

function childRequest(
  request: provider.ConstructRequest,
  child: Child,
  self: Registered,
  dependencies: string[],
): monitor.RegisterResourceRequest {
  const given = request.getProvidersMap().get(child.package);
  return (
    new monitor.RegisterResourceRequest()
      .setType(child.type)
      .setName(child.name)
      .setParent((child.parent ?? self).urn)
      .setCustom(true)
      // Without one the engine falls back to the default provider, which the program may have disabled: then it says so.
      .setProvider(given ?? '')
      .setProtect(request.getProtect() ?? false)
      .setDependenciesList(dependencies)
      .setAcceptsecrets(true)
      .setObject(struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(child.inputs))))
  );
}

/** Whatever an input names by a made-up id or an ARN must outlive the child; the real components carry this along with the values. */
function dependenciesOf(child: Child, account: Account): string[] {
  const texts = new Set(textsIn(child.inputs).filter((text) => /^([a-z]+-[0-9a-f]{17}|arn:.+)$/.test(text)));
  const named = account.things.filter(({ urn, id, outputs }) => urn !== '' && (texts.has(id) || texts.has(String(outputs.arn))));
  return [...new Set([...(child.dependsOn ?? []), ...named].map(({ urn }) => urn))];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isValues(value) ? Object.values(value).flatMap(textsIn) : [];
}

function register(
  client: monitorService.ResourceMonitorClient,
  request: monitor.RegisterResourceRequest,
  isPreview: boolean,
): Promise<Registered> {
  return new Promise((resolve, reject) => {
    client.registerResource(request, (error, response) => {
      if (error) return reject(error);
      const outputs = unwrap(response.getObject()?.toJavaScript() ?? {}) as Values;
      const unset = isPreview ? UNKNOWN : undefined;
      resolve({
        urn: response.getUrn(),
        id: response.getId() || (isPreview ? UNKNOWN : ''),
        output: (name) => (outputs[name] === undefined ? unset : outputs[name]),
      });
    });
  });
}

function registerOutputs(client: monitorService.ResourceMonitorClient, urn: string, outputs: struct.Struct): Promise<void> {
  const request = new monitor.RegisterResourceOutputsRequest().setUrn(urn).setOutputs(outputs);
  return new Promise((resolve, reject) => client.registerResourceOutputs(request, (error) => (error ? reject(error) : resolve())));
}
