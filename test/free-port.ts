import { type AddressInfo, createServer } from 'node:net';

/** A port on which nothing listens, for a server that has to be told its own beforehand. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
