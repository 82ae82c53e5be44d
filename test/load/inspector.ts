import type { ChildProcess } from 'node:child_process';
import { WebSocket } from 'ws';

/** Looks into a running process through Node's inspector: its heap after a forced collection, and its open handles. */
export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: { value?: unknown }) => void>();
  #next = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString()) as {
        id?: number;
        result?: { result?: { value?: unknown } };
      };
      if (message.id === undefined) return;
      this.#waiting.get(message.id)?.(message.result?.result ?? {});
      this.#waiting.delete(message.id);
    });
  }

  /** @param child was started with --inspect=127.0.0.1:0 and a piped stderr. */
  static async attach(child: ChildProcess): Promise<Inspector> {
    const url = await new Promise<string>((resolve) => {
      let text = '';
      child.stderr?.on('data', (part: Buffer) => {
        text += part.toString();
        const found = /ws:\/\/\S+/.exec(text)?.[0];
        if (found !== undefined) resolve(found);
      });
    });
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await new Promise((resolve) => socket.once('open', resolve));
    return new Inspector(socket);
  }

  async heapAfterCollection(): Promise<number> {
    for (let i = 0; i < 3; i++) await this.#send('HeapProfiler.collectGarbage', {});
    const { value } = await this.#send('Runtime.evaluate', { expression: 'process.memoryUsage().heapUsed' });
    return Number(value);
  }

  /** How many of each kind of handle keep the process busy. */
  async handles(): Promise<Record<string, number>> {
    const { value } = await this.#send('Runtime.evaluate', {
      expression: 'JSON.stringify(process.getActiveResourcesInfo())',
    });
    const counts: Record<string, number> = {};
    for (const kind of JSON.parse(String(value)) as string[]) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }

  close(): void {
    this.#socket.close();
  }

  #send(method: string, params: object): Promise<{ value?: unknown }> {
    const id = this.#next++;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }
}
