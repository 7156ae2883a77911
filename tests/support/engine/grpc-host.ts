import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';

export type GrpcHost = { port: number; close(): void };

/** Serves one gRPC service on a free loopback port. */
export function serveGrpc(service: ServiceDefinition, handlers: Record<string, unknown>): Promise<GrpcHost> {
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(service, handlers as UntypedServiceImplementation);
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve({ port, close: () => server.forceShutdown() });
    });
  });
}
