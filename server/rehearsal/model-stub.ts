import http from 'node:http';
import type { AddressInfo } from 'node:net';

const REPLY = [
  'That',
  ' is',
  ' good',
  ' to',
  ' hear',
  ',',
  ' so',
  ' tell',
  ' me',
  ' more',
  ' about',
  ' it',
  '.',
];

/** A chat completion that always says the same, on loopback, so that the SDKs can be rehearsed with. */
export async function openModelStub(): Promise<{ origin: string; close(): void }> {
  const server = http.createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const content of REPLY) response.write(chunk({ content }, null));
      response.write(chunk({}, 'stop'));
      response.end('data: [DONE]\n\n');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function chunk(delta: { content?: string }, finishReason: string | null): string {
  const usage = finishReason === null ? null : { prompt_tokens: 1, completion_tokens: REPLY.length };
  return `data: ${JSON.stringify({
    id: 'rehearsal',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'rehearsal',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
    usage,
  })}\n\n`;
}
