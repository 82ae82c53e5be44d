import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { type CallerDescription, callerSchema, recordedSpeech } from './callers/scripts.ts';
import { type Faults, faultSchema } from './faults.ts';
import { type StandInServer, sendJson, startServer, urlOf } from './http.ts';
import type { Journal } from './journal.ts';
import type { SpeechEngine } from './speech/engine.ts';
import type { UtteranceLibrary } from './speech/library.ts';
import { dispute } from './stripe/give-back.ts';
import type { StripeStandIn } from './stripe/server.ts';
import { lineSound } from './twilio/line-sound.ts';
import type { TwilioStandIn } from './twilio/server.ts';

export interface ControlParts {
  port: number;
  engine: SpeechEngine;
  utterances: UtteranceLibrary;
  faults: Faults;
  journal: Journal;
  callers: Map<string, CallerDescription>;
  twilio: TwilioStandIn;
  stripe: StripeStandIn;
  /** How many vendor sockets are open, by vendor. */
  connections(): Record<string, number>;
}

const putCaller = z.object({ number: z.string().regex(/^\+[1-9]\d{6,14}$/), caller: callerSchema });
/** Somebody calls the account's number; `url` is what is set as its voice URL. */
const ringIn = z.object({
  from: z.string(),
  to: z.string(),
  url: z.url(),
  stirVerstat: z.string().nullable().default(null),
});
/** Somebody texts the account's number; `url` is what is set as its messaging URL. */
const textIn = z.object({ from: z.string(), to: z.string(), body: z.string(), url: z.url() });
const putUtterance = z.object({
  text: z.string().min(1),
  voice: z.enum(['rms', 'slt', 'awb', 'kal16']).default('slt'),
  wavBase64: z.string().optional(),
});

/** How demo, tests and people steer the sandbox: who picks up, what goes wrong, what was received, what it sounded like. */
export function startControl(parts: ControlParts): Promise<StandInServer> {
  return startServer(parts.port, async (request, response, body) => {
    const { pathname, searchParams } = urlOf(request);
    switch (`${request.method} ${pathname}`) {
      case 'POST /callers':
        return withBody(putCaller, body, response, ({ number, caller }) => {
          parts.callers.set(number, caller);
          sendJson(response, 201, { number });
        });
      case 'POST /inbound':
        return withBody(ringIn, body, response, (inbound) => {
          sendJson(response, 201, { sid: parts.twilio.ring(inbound).sid });
        });
      case 'POST /texts':
        return withBody(textIn, body, response, async (inbound) => {
          sendJson(response, 201, { twiml: await parts.twilio.text(inbound) });
        });
      case 'POST /utterances':
        return withBody(putUtterance, body, response, async ({ text, voice, wavBase64 }) => {
          const speech =
            wavBase64 === undefined
              ? await parts.engine.speak(voice, text)
              : recordedSpeech(Buffer.from(wavBase64, 'base64'), text);
          parts.utterances.add(speech.audio, speech.words);
          sendJson(response, 201, {
            milliseconds: speech.audio.length / 8,
            words: speech.words,
            audioBase64: speech.audio.toString('base64'),
          });
        });
      case 'POST /faults':
        return withBody(faultSchema, body, response, (fault) => {
          parts.faults.add(fault);
          sendJson(response, 201, fault);
        });
      case 'DELETE /faults':
        parts.faults.clear();
        return sendJson(response, 200, {});
      case 'GET /stripe':
        return sendJson(response, 200, stripeBooks(parts.stripe));
      case 'POST /stripe/clock':
        return withBody(z.object({ advanceSeconds: z.number().int().positive() }), body, response, (time) => {
          parts.stripe.ledger.advance(time.advanceSeconds);
          sendJson(response, 200, { nowS: parts.stripe.ledger.nowS });
        });
      case 'POST /stripe/disputes':
        return withBody(z.object({ paymentIntent: z.string() }), body, response, ({ paymentIntent }) => {
          const { intents, charges } = parts.stripe.ledger;
          const charge = charges.get(intents.get(paymentIntent)?.latest_charge ?? '');
          if (charge === undefined) return sendJson(response, 404, { error: 'no charge' });
          sendJson(response, 201, dispute(parts.stripe.ledger, charge));
        });
      case 'GET /connections':
        return sendJson(response, 200, parts.connections());
      case 'GET /journal':
        return sendJson(response, 200, {
          entries: parts.journal.entries(searchParams.get('vendor') ?? undefined),
        });
      default:
        return serveCall(parts, request, response, pathname, body);
    }
  });
}

/** Stripe's own record, to hold ours against. */
function stripeBooks({ ledger }: StripeStandIn): object {
  const { intents, charges, refunds, sessions, customers } = ledger;
  return {
    intents: [...intents.values()],
    charges: [...charges.values()],
    refunds: [...refunds.values()],
    sessions: [...sessions.values()],
    customers: [...customers.values()],
  };
}

/** What is asked of one phone call: to hear it, to have the callee hang up or press a key, or to have it priced. */
function serveCall(
  parts: ControlParts,
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
  body: string,
): void {
  const [, sid = '', what = ''] = /^\/calls\/(CA[0-9a-f]{32})\/([a-z.-]+)$/.exec(pathname) ?? [];
  const call = parts.twilio.call(sid);
  if (call !== undefined && request.method === 'POST' && what === 'hang-up') {
    call.end(call.status === 'in-progress' ? 'completed' : 'busy');
    return sendJson(response, 200, { status: call.status });
  }
  if (call !== undefined && request.method === 'POST' && what === 'price')
    return void withBody(
      z.object({ price: z.string().regex(/^-?\d+\.\d+$/) }),
      body,
      response,
      ({ price }) => {
        call.price = price;
        sendJson(response, 200, { price });
      },
    );
  if (call !== undefined && request.method === 'POST' && what === 'keys')
    return void withBody(z.object({ digit: z.string().regex(/^[0-9*#]$/) }), body, response, ({ digit }) => {
      call.stream?.press(digit);
      sendJson(response, 200, { digit });
    });
  const recording = call?.stream?.recording;
  if (recording === undefined || request.method !== 'GET' || what !== 'recording.wav') {
    return sendJson(response, 404, { error: `nothing at ${request.method} ${pathname}` });
  }
  response.writeHead(200, { 'content-type': 'audio/wav' }).end(lineSound(recording));
}

async function withBody<T>(
  schema: z.ZodType<T>,
  body: string,
  response: ServerResponse,
  work: (value: T) => void | Promise<void>,
): Promise<void> {
  const parsed = schema.safeParse(JSON.parse(body === '' ? 'null' : body));
  if (parsed.success) await work(parsed.data);
  else sendJson(response, 422, { error: z.prettifyError(parsed.error) });
}
