import { connect, createServer, type Socket } from 'node:net';

/** What becomes of a connection between a sender and the collector. */
export const WAYS = ['whole', 'answerLost', 'cutInBody', 'halfOpen', 'trickle', 'lateAnswer'] as const;
export type Way = (typeof WAYS)[number];

const MAX_ANSWERS = 3;

/**
 * A TCP proxy that treats each connection in one of the ways:
 * `answerLost`: the request arrives whole, the connection breaks before its answer; `cutInBody`: it breaks in mid-body; `halfOpen`: the sender is
 * gone in mid-body and the collector is not told; `trickle`: a few bytes at a time; `lateAnswer`: the answer comes after a second.
 * @param wayOf asked once a connection
 */
export async function startProxy(targetPort: number, wayOf: () => Way) {
  const counts = new Map<Way, number>();
  const sockets = new Set<Socket>();
  const count = (way: Way) => counts.set(way, (counts.get(way) ?? 0) + 1);
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    const way = wayOf();
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    }
    const both = () => {
      client.destroy();
      target.destroy();
    };
    client.once('close', () => way !== 'halfOpen' && target.destroy());
    target.once('close', () => client.destroy());
    // A connection on which all goes well would be kept for ever: others are to take its place.
    let answers = 0;
    const answered = () => ++answers === MAX_ANSWERS && setTimeout(both, 5);
    let passed = 0;
    client.on('data', (bytes) => {
      if (way === 'cutInBody' || way === 'halfOpen') {
        // More than the head of a request, less than one of its bodies.
        const rest = Math.max(0, 600 - passed);
        passed += bytes.length;
        target.write(bytes.subarray(0, rest), () => {
          if (passed < 600) return;
          count(way);
          if (way === 'cutInBody') setTimeout(both, 20);
          else client.destroy();
        });
      } else if (way === 'trickle') {
        client.pause();
        count(way);
        const drip = (from: number) => {
          if (from >= bytes.length || target.destroyed) return void client.resume();
          target.write(bytes.subarray(from, from + 64));
          setTimeout(drip, 2, from + 64);
        };
        drip(0);
      } else target.write(bytes);
    });
    target.on('data', (bytes) => {
      if (way === 'answerLost') {
        count(way);
        both();
      } else if (way === 'lateAnswer') {
        count(way);
        setTimeout(() => client.write(bytes, answered), 1000);
      } else {
        if (way === 'whole') count(way);
        client.write(bytes, answered);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    /** How often each way was taken to its end. */
    counts,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
