import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import type { Dialer } from '../../call/dialer.ts';
import type { Receiver } from '../../call/receiver.ts';
import { callExamples } from '../../dev-phone/examples.ts';
import { newLineSid } from '../../dev-phone/lines.ts';
import { PHRASES, speakAsCaller } from '../../dev-phone/speech.ts';
import { RingbackError } from '../../errors.ts';
import type { Personas } from '../../persona/personas.ts';
import { authenticate, setSessionCookie } from '../access/authenticate.ts';
import { openSession } from '../access/sessions.ts';
import { type Route, route } from '../routes.ts';
import { devCallShape, devExamplesShape, devPhoneShape, devSpeechShape } from '../shapes/dev-phone.ts';

export interface DevPhoneRoutesParts {
  db: Database;
  receiver: Receiver;
  personas: Personas;
  dialer: Dialer;
  /** Where the sandbox is steered from; null where speech is not pretended. */
  controlUrl: string | null;
  /** Where real money is spent only admins have this phone; elsewhere whoever opens the page has it. */
  live: boolean;
  publicBaseUrl: string;
}

/** Whom the phone belongs to: a name that suits anybody, a number that is kept for fiction (NANPA 555-0100 to 555-0199). */
const NUMBER = '+12025550100';
const NAME = 'Alex';

/** The phone in the browser: calls that are real in everything but the telephone network. */
export function devPhoneRoutes(parts: DevPhoneRoutesParts): Route[] {
  const { db, receiver, personas, dialer, controlUrl, live, publicBaseUrl } = parts;
  const role = live ? 'admin' : 'public';
  return [
    route({
      method: 'get',
      path: '/api/dev-phone',
      role,
      summary: 'The phone in the browser: who can be called, and what can be said by a button.',
      answer: {
        status: 200,
        description: 'There is no such route where it is switched off.',
        schema: devPhoneShape,
      },
      handle: async ({ actor }) => ({
        phrases: controlUrl === null ? [] : PHRASES,
        personas: (await personas.list(actor)).map(({ slug, name }) => ({ slug, name })),
      }),
    }),
    route({
      method: 'post',
      path: '/api/dev-phone/calls',
      role,
      summary: 'Begins a call from the browser, at the house’s expense.',
      body: z.strictObject({ persona: z.string().min(1).max(40) }),
      answer: {
        status: 201,
        description:
          'What opens its media stream. Whoever is not signed in is, as the one whose phone it is.',
        schema: devCallShape,
      },
      handle: async ({ request, response, body }) => {
        await personas.current(body.persona); // tells of one that is not there
        const callSid = newLineSid();
        const reception = await receiver.receiveFromBrowser(
          { carrierSid: callSid, from: NUMBER, isAttested: false },
          { displayName: NAME, persona: body.persona },
        );
        if (reception.kind === 'reject')
          throw new RingbackError('dev_phone_busy', 'No call can be taken now.', {
            remedy: 'Look at the overview: calls may stand still, or the day’s sponsorship is used up.',
          });
        if ((await authenticate(db, request, publicBaseUrl)) === undefined) {
          const session = await openSession(db, { role: 'user', userId: reception.userId });
          setSessionCookie(response, publicBaseUrl, session);
        }
        return { callId: reception.callId, callSid, token: reception.token };
      },
    }),
    ...(controlUrl === null
      ? []
      : [
          route({
            method: 'post',
            path: '/api/dev-phone/speech',
            role,
            summary: 'Says something in a caller’s voice, which the sandbox then understands.',
            body: z.strictObject({ text: z.string().trim().min(1).max(300) }),
            answer: { status: 200, description: 'The sound.', schema: devSpeechShape },
            handle: async ({ body }) => ({ audioBase64: await speakAsCaller(controlUrl, body.text) }),
          }),
          route({
            method: 'post',
            path: '/api/dev-phone/examples',
            role: 'admin',
            summary: 'Has personas call three people of the sandbox, so that there is something to look at.',
            answer: { status: 201, description: 'The calls’ ids.', schema: devExamplesShape },
            handle: async ({ actor }) => ({ calls: await callExamples(controlUrl, dialer, actor) }),
          }),
        ]),
  ];
}
