import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { handleServerStreamingCall, handleUnaryCall } from '@grpc/grpc-js';
import languageService from '@pulumi/pulumi/proto/language_grpc_pb.js';
import language from '@pulumi/pulumi/proto/language_pb.js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { type GrpcHost, serveGrpc } from './grpc-host.ts';

/** The exit code by which the SDK says that the user has seen the error already. */
const ALREADY_REPORTED = 32;

/**
 * Stands in for `pulumi-language-nodejs`: runs the program as the real host does, with the options of its Pulumi.yaml.
 * What the program prints goes to `onOutput`.
 */
export async function startLanguageHost(onOutput: (text: string) => void): Promise<GrpcHost> {
  let engineAddress = '';
  const running = new Set<ChildProcess>();

  const handshake: handleUnaryCall<language.LanguageHandshakeRequest, language.LanguageHandshakeResponse> = (call, answer) => {
    engineAddress = call.request.getEngineAddress();
    answer(null, new language.LanguageHandshakeResponse());
  };
  const run: handleUnaryCall<language.RunRequest, language.RunResponse> = (call, answer) => {
    const request = call.request;
    const child = spawn(process.execPath, programArguments(request, engineAddress), {
      cwd: request.getPwd(),
      env: { ...process.env, ...programEnvironment(request) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onOutput);
    child.once('close', (code) => {
      running.delete(child);
      answer(null, runResponse(code));
    });
  };

  const runPlugin: handleServerStreamingCall<language.RunPluginRequest, language.RunPluginResponse> = (call) => {
    const request = call.request;
    const child = spawn(process.execPath, [policyRunner, ...request.getArgsList(), request.getInfo()?.getProgramDirectory() ?? '.'], {
      cwd: request.getInfo()?.getProgramDirectory() ?? request.getPwd(),
      env: Object.fromEntries(
        request.getEnvList().map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
      ),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.stdout.on('data', (bytes: Buffer) => call.write(new language.RunPluginResponse().setStdout(bytes)));
    child.stderr.on('data', (bytes: Buffer) => call.write(new language.RunPluginResponse().setStderr(bytes)));
    call.on('cancelled', () => child.kill());
    child.once('close', (code) => {
      running.delete(child);
      call.write(new language.RunPluginResponse().setExitcode(code ?? 1));
      call.end();
    });
  };

  const host = await serveGrpc(languageService.LanguageRuntimeService as never, {
    handshake,
    run,
    runPlugin,
    getRequiredPackages: (_call: unknown, answer: (error: null, response: language.GetRequiredPackagesResponse) => void) =>
      answer(null, new language.GetRequiredPackagesResponse()),
    getRequiredPlugins: (_call: unknown, answer: (error: null, response: language.GetRequiredPluginsResponse) => void) =>
      answer(null, new language.GetRequiredPluginsResponse()),
    getPluginInfo: (_call: unknown, answer: (error: null, response: plugin.PluginInfo) => void) =>
      answer(null, new plugin.PluginInfo().setVersion('0.0.0')),
    about: (_call: unknown, answer: (error: null, response: language.AboutResponse) => void) => answer(null, new language.AboutResponse()),
    runtimeOptionsPrompts: (_call: unknown, answer: (error: null, response: language.RuntimeOptionsResponse) => void) =>
      answer(null, new language.RuntimeOptionsResponse()),
    cancel: (_call: unknown, answer: (error: null, response: empty.Empty) => void) => {
      for (const child of running) child.kill('SIGINT');
      answer(null, new empty.Empty());
    },
  });
  return host;
}

const sdk = dirname(fileURLToPath(import.meta.resolve('@pulumi/pulumi/package.json')));
const policyRunner = join(sdk, 'cmd', 'run-policy-pack');

function programArguments(request: language.RunRequest, engineAddress: string): string[] {
  const info = request.getInfo();
  const options = (info?.getOptions()?.toJavaScript() ?? {}) as { nodeargs?: string };
  const nodeArguments = options.nodeargs?.split(' ').filter((argument) => argument !== '') ?? [];
  return [
    ...nodeArguments,
    join(sdk, 'cmd', 'run'),
    ...['--monitor', request.getMonitorAddress(), '--engine', engineAddress],
    ...['--organization', request.getOrganization(), '--project', request.getProject(), '--stack', request.getStack()],
    ...['--root-directory', info?.getRootDirectory() ?? request.getPwd(), '--pwd', info?.getProgramDirectory() || request.getPwd()],
    ...(request.getDryrun() ? ['--dry-run'] : []),
    ...['--parallel', String(request.getParallel())],
    info?.getEntryPoint() || '.',
  ];
}

function programEnvironment(request: language.RunRequest): Record<string, string> {
  return {
    NO_COLOR: '1',
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}

function runResponse(code: number | null): language.RunResponse {
  const response = new language.RunResponse();
  if (code === ALREADY_REPORTED) response.setBail(true);
  else if (code !== 0) response.setError(`the program ended with ${code ?? 'a signal'}`);
  return response;
}
