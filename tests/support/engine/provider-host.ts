import { Metadata, type ServerUnaryCall, status } from '@grpc/grpc-js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import providerService from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import proto from '@pulumi/pulumi/proto/provider_pb.js';
import statusProto from '@pulumi/pulumi/proto/status_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';
import { type Account, LostAnswer } from './account.ts';
import type { Component } from './components/component.ts';
import { construct } from './components/construct.ts';
import { type Change, diffInputs } from './diff-inputs.ts';
import { type GrpcHost, serveGrpc } from './grpc-host.ts';
import { homeOf } from './homes.ts';
import type { FunctionTable } from './model.ts';
import type { Proposal } from './names.ts';
import { openProvider, type Provider } from './provider.ts';
import { unwrap, type Values } from './values.ts';

/** What the simulated providers are made of. */
export type Simulation = {
  account: Account;
  functions: FunctionTable;
  components: Record<string, Component>;
  /** Whose credentials the tests run with. */
  accountId: string;
};

/**
 * Serves every package from one port. The engine opens a connection for each provider instance, so the peer's address tells
 * which configuration a call belongs to.
 */
export async function startProviderHost(simulation: Simulation): Promise<GrpcHost> {
  const instances = new Map<string, Provider>();
  const built = new Map<string, Values>();
  const instance = (call: Call<unknown>): Provider => {
    const found = instances.get(call.getPeer());
    if (!found) throw new Error(`a provider at ${call.getPeer()} was asked before it was configured`);
    return found;
  };

  return serveGrpc(providerService.ResourceProviderService as never, {
    ...fixedAnswers,
    checkConfig: unary((call: Call<proto.CheckRequest>) => {
      const checked = new proto.CheckResponse();
      return checked.setInputs(call.request.getNews());
    }),
    diffConfig: unary((call: Call<proto.DiffRequest>) => diffConfig(call.request)),
    configure: unary((call: Call<proto.ConfigureRequest>) => {
      const home = homeOf(simulation.accountId, call.request.getType() ?? '', plain(call.request.getArgs()), simulation.account);
      instances.set(call.getPeer(), openProvider(simulation.account, simulation.functions, home));
      // Components must take secrets and references. For the rest the engine itself keeps secret inputs secret among the outputs.
      const isOfComponents = /:(awsx|eks)$/.test(call.request.getType() ?? '');
      return new proto.ConfigureResponse()
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(true)
        .setAcceptsecrets(isOfComponents)
        .setAcceptresources(isOfComponents);
    }),
    check: unary((call: Call<proto.CheckRequest>) => check(instance(call), call.request)),
    diff: unary((call: Call<proto.DiffRequest>) => {
      const request = call.request;
      return diffResponse(
        instance(call).diff({ urn: request.getUrn(), olds: plain(request.getOldInputs()), news: plain(request.getNews()) }),
      );
    }),
    create: unary(async (call: Call<proto.CreateRequest>) => {
      const request = call.request;
      const { id, outputs } = await instance(call).create({
        urn: request.getUrn(),
        inputs: plain(request.getProperties()),
        isPreview: request.getPreview(),
      });
      return new proto.CreateResponse().setId(id).setProperties(wire(outputs));
    }),
    update: unary((call: Call<proto.UpdateRequest>) => {
      const request = call.request;
      const outputs = instance(call).update({
        urn: request.getUrn(),
        id: request.getId(),
        state: plain(request.getOlds()),
        inputs: plain(request.getNews()),
        isPreview: request.getPreview(),
      });
      return new proto.UpdateResponse().setProperties(wire(outputs));
    }),
    delete: unary(async (call: Call<proto.DeleteRequest>) => {
      const request = call.request;
      await instance(call).delete({ urn: request.getUrn(), id: request.getId(), inputs: plain(request.getOldInputs()) });
      return new empty.Empty();
    }),
    read: unary((call: Call<proto.ReadRequest>) => {
      const request = call.request;
      const inputs = plain(request.getInputs());
      const outputs = instance(call).read({ urn: request.getUrn(), id: request.getId(), inputs });
      const response = new proto.ReadResponse().setId(outputs ? request.getId() : '');
      return outputs ? response.setProperties(wire(outputs)).setInputs(wire(inputs)) : response;
    }),
    invoke: unary((call: Call<proto.InvokeRequest>) => {
      const answer = instance(call).invoke(call.request.getTok(), plain(call.request.getArgs()));
      return new proto.InvokeResponse().setReturn(wire(answer));
    }),
    construct: unary((call: Call<proto.ConstructRequest>) => construct(simulation, built, call.request)),
  });
}

type Call<Request> = ServerUnaryCall<Request, unknown>;
type Answer = (error: { code: status; message: string; metadata?: Metadata } | null, response?: unknown) => void;

function unary<Request>(handle: (call: Call<Request>) => unknown) {
  return async (call: Call<Request>, answer: Answer): Promise<void> => {
    try {
      answer(null, await handle(call));
    } catch (error) {
      answer(failure(error));
    }
  };
}

/** There is no handshake: without one the engine takes each provider's abilities from its `Configure`. */
const fixedAnswers = {
  attach: unary(() => new empty.Empty()),
  getPluginInfo: unary(() => new plugin.PluginInfo().setVersion('999.0.0')),
  cancel: unary(() => new empty.Empty()),
};

function check(provider: Provider, request: proto.CheckRequest): proto.CheckResponse {
  const { inputs, faults } = provider.check({
    urn: request.getUrn(),
    olds: plain(request.getOlds()),
    news: plain(request.getNews()),
    seed: request.getRandomseed_asU8(),
    proposal: proposalOf(request.getAutonaming()),
  });
  const response = new proto.CheckResponse().setInputs(wire(inputs));
  return response.setFailuresList(faults.map((reason) => new proto.CheckFailure().setReason(reason)));
}

function proposalOf(options: proto.CheckRequest.AutonamingOptions | undefined): Proposal {
  if (!options || options.getProposedName() === '') return undefined;
  return { name: options.getProposedName(), isRequired: options.getMode() === proto.CheckRequest.AutonamingOptions.Mode.ENFORCE };
}

/** A Kubernetes provider of another cluster means other objects, unless its cluster identifier says that it is the same cluster. */
function diffConfig(request: proto.DiffRequest): proto.DiffResponse {
  const [olds, news] = [plain(request.getOldInputs()), plain(request.getNews())];
  const changes = diffInputs(olds, news);
  const isOtherCluster =
    olds.clusterIdentifier !== undefined || news.clusterIdentifier !== undefined
      ? olds.clusterIdentifier !== news.clusterIdentifier
      : olds.kubeconfig !== news.kubeconfig;
  const replaces = changes.map(({ path }) => path).filter((path) => isOtherCluster && /^(kubeconfig|clusterIdentifier)$/.test(path));
  return diffResponse({ changes, replaces, deleteBeforeReplace: false });
}

function diffResponse(diff: { changes: Change[]; replaces: string[]; deleteBeforeReplace: boolean }): proto.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse()
    .setChanges(diff.changes.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList(diff.changes.map(({ path }) => path))
    .setReplacesList(diff.replaces)
    .setDeletebeforereplace(diff.deleteBeforeReplace)
    .setHasdetaileddiff(true);
  for (const { path, kind } of diff.changes)
    response
      .getDetaileddiffMap()
      .set(path, new proto.PropertyDiff().setInputdiff(true).setKind(kindOf(kind, diff.replaces.includes(path))));
  return response;
}

function kindOf(kind: Change['kind'], isReplacing: boolean): proto.PropertyDiff.Kind {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = proto.PropertyDiff.Kind;
  const kinds = { add: [ADD, ADD_REPLACE], delete: [DELETE, DELETE_REPLACE], update: [UPDATE, UPDATE_REPLACE] } as const;
  return kinds[kind][isReplacing ? 1 : 0];
}

function plain(message: struct.Struct | undefined): Values {
  return unwrap(message?.toJavaScript() ?? {}) as Values;
}

function wire(values: Values): struct.Struct {
  return struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(values)));
}

/** A lost answer carries what was made, so that the engine keeps it in its state as not yet well. */
function failure(error: unknown): { code: status; message: string; metadata?: Metadata } {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof LostAnswer)) return { code: status.UNKNOWN, message };
  const detail = new proto.ErrorResourceInitFailed().setId(error.made.id).setProperties(wire(error.made.outputs)).setReasonsList([message]);
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), 'pulumirpc.ErrorResourceInitFailed');
  const body = new statusProto.Status();
  body.setCode(status.UNKNOWN);
  body.setMessage(message);
  body.setDetailsList([packed]);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(body.serializeBinary()));
  return { code: status.UNKNOWN, message, metadata };
}
