import type { Response } from 'express';
import { z } from 'zod';
import type { Actor, Database } from '../../../db/connection.ts';
import { listCalls } from '../../call/call-list.ts';
import type { Dialer } from '../../call/dialer.ts';
import type { Calls } from '../../call/lifecycle.ts';
import type { PlaceCallRequest } from '../../call/planning.ts';
import type { CallRow, CallStore } from '../../call/store.ts';
import type { Watching } from '../../call/watching.ts';
import type { CallExplanations } from '../../cost/explanation.ts';
import type { Recordings } from '../../recording/recordings.ts';
import { openEventStream } from '../event-stream.ts';
import { sendProblem } from '../problems.ts';
import { present, type Route, route } from '../routes.ts';
import { callDetailShape, callsShape } from '../shapes/calls.ts';
import { callWish } from './fields.ts';

export interface CallRoutesParts {
  calls: Calls;
  watching: Watching;
  dialer: Dialer;
  db: Database;
  store: CallStore;
  explanations: CallExplanations;
  recordings: Recordings;
  publicBaseUrl: string;
}

const callParams = z.object({ id: z.uuid() });
const DEFAULT_PAGE = 50;
const MAX_PAGE = 200;

const placeCall = z.object({
  ...callWish,
  /** Under which a payer approved it beforehand; without one the house pays. */
  mandateId: z.uuid().optional(),
});

/** /api/calls and what hangs below it. */
export function callRoutes(parts: CallRoutesParts): Route[] {
  const { db, calls, watching, dialer, store, explanations, recordings, publicBaseUrl } = parts;
  return [
    route({
      method: 'post',
      path: '/api/calls',
      role: 'admin',
      summary: 'Has a persona call a number, at the expense of the house or under a payer’s mandate.',
      body: placeCall,
      answer: {
        status: 201,
        description: 'The planned call; under a mandate with the payer’s link to it, told this one time.',
      },
      handle: async ({ actor, body: { mandateId, ...request } }) => {
        if (mandateId === undefined)
          return publicCall(await dialer.place(actor, present(request) as PlaceCallRequest));
        const { call, linkToken } = await dialer.placeUnderMandate(
          actor,
          present(request) as PlaceCallRequest,
          mandateId,
        );
        return { ...publicCall(call), payUrl: `${publicBaseUrl}/pay/status/${linkToken}` };
      },
    }),
    route({
      method: 'get',
      path: '/api/calls',
      role: 'user',
      summary: 'Lists calls, newest first.',
      query: z.object({
        state: z.enum(['planned', 'under-way', 'ended']).optional(),
        userId: z.uuid().optional(),
        persona: z.string().optional(),
        /** For the next page: the `createdAt` of the last one. */
        before: z.iso.datetime({ offset: true }).optional(),
        limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
      }),
      answer: { status: 200, description: 'The calls that the token may see.', schema: callsShape },
      handle: async ({ actor, query: { before, ...query } }) => {
        const older = before === undefined ? {} : { before: new Date(before) };
        const found = await listCalls(db, actor, { ...present(query), ...older, limit: query.limit });
        return { calls: found.map(publicCall) };
      },
    }),
    route({
      method: 'get',
      path: '/api/calls/:id',
      role: 'user',
      summary: 'One call with its transcript.',
      params: callParams,
      answer: {
        status: 200,
        description: 'The call; its transcript holds what was heard.',
        schema: callDetailShape,
      },
      handle: async ({ actor, params, response }) => {
        const [call] = await listCalls(db, actor, { id: params.id, limit: 1 });
        if (call === undefined) return sendNoCall(response);
        const [transcript, recording] = await Promise.all([
          store.transcript(actor, call.id),
          recordings.find(actor, call.id),
        ]);
        return { ...publicCall(call), transcript, hasRecording: recording !== undefined };
      },
    }),
    route({
      method: 'get',
      path: '/api/calls/:id/cost',
      role: 'user',
      summary: 'What a call has cost so far, or what it did cost.',
      params: callParams,
      answer: { status: 200, description: 'The bill by service, in cents.' },
      handle: ({ actor, params, response }) =>
        withCall(store, actor, params.id, response, async (call) => ({
          ...(await costOf(calls, store, actor, call)),
          ...(actor.kind === 'user' ? {} : { margin: await explanations.margin(actor, call.id) }),
        })),
    }),
    route({
      method: 'get',
      path: '/api/calls/:id/events',
      role: 'user',
      summary: 'Follows a call as it happens (server-sent events; resumes with Last-Event-ID).',
      params: callParams,
      answer: {
        status: 200,
        description: 'A stream of events until the call has ended.',
        type: 'text/event-stream',
      },
      handle: ({ actor, params, request, response }) =>
        withCall(store, actor, params.id, response, async (call) => {
          follow(watching, call.id, request.get('last-event-id') ?? '', response);
          return undefined;
        }),
    }),
    route({
      method: 'post',
      path: '/api/calls/:id/end',
      role: 'user',
      summary: 'Ends a live call with a spoken goodbye.',
      params: callParams,
      answer: { status: 202, description: 'The goodbye has begun.' },
      handle: ({ actor, params, response }) =>
        withCall(store, actor, params.id, response, async (call) => {
          if (await calls.stop(call.id, 'requested')) return { id: call.id, ending: true };
          sendProblem(
            response,
            409,
            'call_not_live',
            'This call is not live.',
            'It has ended, or has not been answered yet.',
          );
          return undefined;
        }),
    }),
  ];
}

async function withCall(
  store: CallStore,
  actor: Actor,
  callId: string,
  response: Response,
  work: (call: CallRow) => Promise<unknown>,
): Promise<unknown> {
  const call = await store.find(actor, callId);
  return call === undefined ? sendNoCall(response) : work(call);
}

function sendNoCall(response: Response): undefined {
  sendProblem(
    response,
    404,
    'call_unknown',
    'There is no such call.',
    'Check the id; a user sees only their own calls.',
  );
  return undefined;
}

/** The payer's side of a call's costs, and for admins also what the vendors charge for each act. */
async function costOf(calls: Calls, store: CallStore, actor: Actor, call: CallRow): Promise<object> {
  const all = await store.costEvents(actor, call.id);
  const events = actor.kind === 'user' ? all.filter(isOnTheBill).map(payersSide) : all;
  const live = calls.currentBill(call.id);
  const bill = live ?? (await store.breakdown(actor, call.id));
  return {
    callId: call.id,
    finalized: live === undefined && bill !== undefined,
    services: bill?.services,
    subtotalCents: bill?.subtotalCents,
    stripeFeeCents: bill?.stripeFeeCents,
    totalCostCents: bill?.totalCostCents,
    finalizedAt: bill !== undefined && 'finalizedAt' in bill ? bill.finalizedAt : undefined,
    events,
  };
}

type SavedEvent = Awaited<ReturnType<CallStore['costEvents']>>[number];

const isOnTheBill = ({ retailMicroCents }: SavedEvent) => retailMicroCents !== 0n;

function payersSide({ vendorMicroCents: _cost, vendorCard: _card, ...event }: SavedEvent) {
  return event;
}

function follow(watching: Watching, callId: string, afterId: string, response: Response): void {
  const stream = openEventStream(response);
  const stop = watching.follow(callId, afterId, {
    onEvent: ({ id, event }) => stream.send(event, { id, name: event.type }),
    onEnd: () => response.end(),
  });
  response.on('close', stop);
}

/** A call without what only the server and the house's books need. */
export function publicCall<T extends CallRow>(call: T) {
  const {
    streamTokenHash: _hash,
    carrierSequence: _sequence,
    carrierPriceMicroCents: _price,
    ...shown
  } = call;
  return shown;
}
