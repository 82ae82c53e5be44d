import { z } from 'zod';

/** What the API says of calls, as it goes over the wire. The browser reads it with the same schemas. */

export const callShape = z.object({
  id: z.uuid(),
  userId: z.uuid(),
  displayName: z.string(),
  persona: z.string(),
  direction: z.enum(['outbound', 'inbound']),
  toNumber: z.string(),
  fromNumber: z.string(),
  state: z.enum(['planned', 'dialing', 'ringing', 'live', 'ended']),
  funding: z.enum(['sponsored', 'approved']),
  /** The most that its payer's total may be, in cents; the warning comes at the other. */
  capCents: z.number().int(),
  warnAtCents: z.number().int(),
  totalCostCents: z.number().int().nullable(),
  createdAt: z.iso.datetime(),
  answeredAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  endReason: z.string().nullable(),
});
export type CallShape = z.infer<typeof callShape>;

export const callsShape = z.object({ calls: z.array(callShape) });

/** Milliseconds since the call began. */
export const timingsShape = z.object({
  lastVoicedAt: z.number().nullable(),
  endOfTurnAt: z.number(),
  committedAt: z.number(),
  askedAt: z.number(),
  firstTokenAt: z.number().nullable(),
  firstTextAt: z.number().nullable(),
  firstAudioAt: z.number().nullable(),
  wastedDrafts: z.number().int(),
});
export type TimingsShape = z.infer<typeof timingsShape>;

export const turnShape = z.object({
  seq: z.number().int(),
  speaker: z.enum(['caller', 'persona']),
  text: z.string(),
  interrupted: z.boolean(),
  atMs: z.number(),
  timings: timingsShape.nullable(),
});
export type TurnShape = z.infer<typeof turnShape>;

export const callDetailShape = callShape.extend({
  transcript: z.array(turnShape),
  /** Whether /recording tells of one. */
  hasRecording: z.boolean(),
});

const billShape = z.object({
  services: z.array(
    z.object({
      sku: z.string(),
      units: z.string(),
      requests: z.number().int(),
      cents: z.number().int(),
      fallbackReason: z.string().optional(),
    }),
  ),
  subtotalCents: z.number().int(),
  stripeFeeCents: z.number().int(),
  totalCostCents: z.number().int(),
});

export const feedEventShape = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), state: z.string() }),
  z.object({ type: z.literal('turn'), turn: turnShape, totalCents: z.number().int() }),
  z.object({ type: z.literal('tool'), name: z.string() }),
  z.object({
    type: z.literal('budget'),
    level: z.enum(['warn', 'cutoff']),
    spentCents: z.number().int(),
    capCents: z.number().int(),
  }),
  z.object({ type: z.literal('ended'), reason: z.string() }),
  z.object({ type: z.literal('bill'), bill: billShape }),
]);
export type FeedEventShape = z.infer<typeof feedEventShape>;

/** One message of GET /api/live/events: which calls there are, or what happened in one. */
export const boardMessageShape = z.discriminatedUnion('type', [
  z.object({ type: z.literal('calls'), calls: z.array(callShape) }),
  z.object({ type: z.literal('feed'), callId: z.uuid(), id: z.string(), event: feedEventShape }),
]);
export type BoardMessageShape = z.infer<typeof boardMessageShape>;

export const costShape = z.object({
  callId: z.uuid(),
  finalized: z.boolean(),
  services: billShape.shape.services.optional(),
  subtotalCents: z.number().int().optional(),
  stripeFeeCents: z.number().int().optional(),
  totalCostCents: z.number().int().optional(),
  events: z.array(
    z.object({
      seq: z.number().int(),
      type: z.string(),
      vendor: z.string(),
      sku: z.string(),
      units: z.string(),
      /** Hundred-millionths of a dollar. */
      retailMicroCents: z.string(),
      vendorMicroCents: z.string().optional(),
      outcome: z.string(),
      reason: z.string().nullable(),
      at: z.iso.datetime(),
    }),
  ),
});

export type CostShape = z.infer<typeof costShape>;

/** A call folded through the conversation core again, from what was recorded of it. */
export const replayShape = z.object({
  entries: z.array(
    z.object({
      atMs: z.number(),
      kind: z.enum(['caller', 'persona', 'tool-call', 'tool-result']),
      text: z.string(),
    }),
  ),
  effects: z.number().int(),
  /** Whether it gave what it gave then. */
  identical: z.boolean(),
  endReason: z.string().nullable(),
});
export type ReplayShape = z.infer<typeof replayShape>;

/** Of a recorded call. */
export const recordingShape = z.object({
  state: z.enum(['asked', 'stored', 'absent', 'erased']),
  beganAt: z.iso.datetime().nullable(),
  seconds: z.number().nullable(),
  keptUntil: z.iso.datetime().nullable(),
});
export type RecordingShape = z.infer<typeof recordingShape>;

export const explanationShape = z.object({
  callId: z.uuid(),
  totalCents: z.number().int(),
  expectedCents: z.number().int(),
  causes: z.array(
    z.object({
      service: z.string(),
      sku: z.string(),
      cents: z.number(),
      share: z.number(),
      units: z.string(),
      because: z.string(),
    }),
  ),
});
