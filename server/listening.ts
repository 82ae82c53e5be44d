import http from 'node:http';

/** Node's own 16 kB would refuse a long search query without a word. */
const MAX_HEADER_BYTES = 128 * 1024;

/** A server that listens and answers nothing yet. @param port 0 for a free one. */
export function listen(port: number): Promise<http.Server> {
  const server = http.createServer({ maxHeaderSize: MAX_HEADER_BYTES });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });
}

/** Takes no more connections and ends those that are open. */
export function closeServer(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
