import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/**
 * The floor: the least that a phone loop can do. Raw sockets to the same stand-ins, one reply at a time, `clear` on an
 * interruption; no SDK, no database, no costs, no checks, no logic.
 */

const { DEEPGRAM_BASE_URL = '', CARTESIA_BASE_URL = '', CEREBRAS_BASE_URL = '', KEY = '' } = process.env;
const ws = (url: string) => url.replace(/^http/, 'ws');
const agent = new http.Agent({ keepAlive: true });

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('listening', () =>
  process.send?.({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/media` }),
);
server.on('connection', serve);
process.on('disconnect', () => process.exit(0));

function serve(line: WebSocket): void {
  let streamSid = '';
  let reply: http.ClientRequest | null = null;
  let context = 0;
  let speaking = false;
  const early: Buffer[] = [];
  const stt = new WebSocket(
    `${ws(DEEPGRAM_BASE_URL)}/v2/listen?model=flux-general-en&encoding=mulaw&sample_rate=8000&eot_threshold=0.7&eot_timeout_ms=5000`,
    { headers: { authorization: `Token ${KEY}` }, perMessageDeflate: false },
  );
  const tts = new WebSocket(`${ws(CARTESIA_BASE_URL)}/tts/websocket`, {
    headers: { authorization: `Bearer ${KEY}`, 'cartesia-version': '2026-08-14' },
    perMessageDeflate: false,
  });
  stt.on('open', () => {
    for (const frame of early.splice(0)) stt.send(frame);
  });
  stt.on('error', () => undefined);
  tts.on('error', () => undefined);

  line.on('message', (data) => {
    const message = JSON.parse(data.toString()) as {
      event: string;
      streamSid?: string;
      media?: { payload: string };
    };
    if (message.event === 'start') streamSid = message.streamSid ?? '';
    else if (message.event === 'media') {
      const frame = Buffer.from(message.media?.payload ?? '', 'base64');
      if (stt.readyState === WebSocket.OPEN) stt.send(frame);
      else early.push(frame);
    }
  });
  line.on('close', () => {
    reply?.destroy();
    stt.close();
    tts.close();
  });

  stt.on('message', (data) => {
    const info = JSON.parse(data.toString()) as { event?: string; transcript?: string };
    if (info.event === 'StartOfTurn' && speaking) {
      line.send(`{"event":"clear","streamSid":"${streamSid}"}`);
      reply?.destroy();
      tts.send(JSON.stringify({ cancel: true, context_id: String(context) }));
      speaking = false;
    } else if (info.event === 'EndOfTurn') ask(info.transcript ?? '');
  });

  tts.on('message', (data) => {
    const event = JSON.parse(data.toString()) as { type: string; context_id?: string; data?: string };
    if (event.context_id !== String(context)) return;
    if (event.type === 'chunk' && speaking)
      line.send(`{"event":"media","streamSid":"${streamSid}","media":{"payload":"${event.data}"}}`);
    else if (event.type === 'done')
      line.send(`{"event":"mark","streamSid":"${streamSid}","mark":{"name":"end"}}`);
  });

  function ask(text: string): void {
    context += 1;
    speaking = true;
    const own = context;
    const say = (transcript: string, more: boolean) => {
      if (own === context && speaking)
        tts.send(
          JSON.stringify({
            model_id: 'sonic-3.5',
            voice: { id: 'a0e99841-438c-4a64-b679-ae501e7d6091' },
            output_format: { container: 'raw', encoding: 'pcm_mulaw', sample_rate: 8_000 },
            context_id: String(own),
            transcript,
            continue: more,
            add_timestamps: true,
            max_buffer_delay_ms: 0,
          }),
        );
    };
    const body = JSON.stringify({
      model: 'gpt-oss-120b',
      stream: true,
      messages: [
        { role: 'system', content: 'You are Brad. You are on the phone with Alice.' },
        { role: 'user', content: text },
      ],
    });
    reply = http.request(
      `${CEREBRAS_BASE_URL}/v1/chat/completions`,
      {
        method: 'POST',
        agent,
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      },
      (response) => {
        let pending = '';
        response.on('data', (part: Buffer) => {
          pending += part.toString();
          const blocks = pending.split('\n\n');
          pending = blocks.pop() ?? '';
          for (const block of blocks) {
            const json = block.slice(6);
            if (json === '[DONE]') say('', false);
            else {
              const delta = (JSON.parse(json) as { choices?: Array<{ delta?: { content?: string } }> })
                .choices?.[0]?.delta?.content;
              if (delta) say(delta, true);
            }
          }
        });
        response.on('error', () => undefined);
      },
    );
    reply.on('error', () => undefined); // destroyed by an interruption
    reply.end(body);
  }
}
