import type { Response } from 'express';

/** Server-sent events (WHATWG HTML, 9.2) on a response. */
export interface EventStream {
  /** @param name of the event; without one it is a "message". */
  send(data: unknown, options?: { id?: string; name?: string }): void;
  /** Browsers come again by themselves. */
  end(): void;
}

/** Begins the stream at once, and past any proxy's buffer. */
export function openEventStream(response: Response): EventStream {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
  return {
    send(data, { id, name } = {}) {
      const head = `${id === undefined ? '' : `id: ${id}\n`}${name === undefined ? '' : `event: ${name}\n`}`;
      response.write(`${head}data: ${JSON.stringify(data)}\n\n`);
    },
    end: () => void response.end(),
  };
}
