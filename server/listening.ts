import http from 'node:http';

/** Node's own 16 kB would refuse a long search query without a word. */
const MAX_HEADER_BYTES = 128 * 1024;

/** A server that listens; until `answerWith` it says that it is not there yet. @param port 0 for a free one. */
export function listen(port: number): Promise<http.Server> {
  const server = http.createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (_request, response) => {
    response.writeHead(503, { 'retry-after': '1' }).end();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });
}

/** From now on requests are answered by `handler`, and by nothing else. */
export function answerWith(server: http.Server, handler: http.RequestListener): void {
  server.removeAllListeners('request');
  server.on('request', handler);
}

/** Takes no more connections and ends those that are open. */
export function closeServer(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
