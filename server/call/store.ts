import { and, asc, eq, inArray, lt, ne, notInArray, or, sql } from 'drizzle-orm';
import { type Actor, type Database, type Transaction, tell } from '../../db/connection.ts';
import { CALL_STATES, callCostBreakdowns, callCostEvents, calls, callTurns } from '../../db/schema/index.ts';
import type { Bill } from '../cost/bill.ts';
import type { CostEvent } from '../cost/cost-event.ts';
import { RingbackError } from '../errors.ts';
import { enqueueLearning } from '../memory/learning.ts';
import { type CallStage, endCall } from '../payments/end-call.ts';
import { enqueueCollecting } from '../recording/collecting.ts';
import { ensureUser } from './callee.ts';
import { insertRecords } from './record-rows.ts';

export type CallRow = typeof calls.$inferSelect;
export type CallState = CallRow['state'];

/** The rows of a call. Every function says on whose behalf it reads or writes. */
export class CallStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Finds the callee by number, or adds them. */
  ensureUser(
    actor: Actor,
    phoneNumber: string,
    displayName: string,
  ): Promise<{ id: string; displayName: string }> {
    return this.#db.as(actor, (tx) => ensureUser(tx, phoneNumber, displayName));
  }

  /** @throws RingbackError `call_unknown`. */
  async get(callId: string): Promise<CallRow> {
    const call = await this.find(system('look up a call'), callId);
    if (call !== undefined) return call;
    throw new RingbackError('call_unknown', 'There is no such call.', { callId, remedy: 'Check the id.' });
  }

  async find(actor: Actor, callId: string): Promise<CallRow | undefined> {
    const [row] = await this.#db.as(actor, (tx) => tx.select().from(calls).where(eq(calls.id, callId)));
    return row;
  }

  async findByCarrierSid(carrierSid: string): Promise<CallRow | undefined> {
    const [row] = await this.#db.as(system('look up a call by its carrier id'), (tx) =>
      tx.select().from(calls).where(eq(calls.carrierSid, carrierSid)),
    );
    return row;
  }

  /** Gives the call a stream token; only its hash is kept. False when the call has ended, waits or does not exist. */
  async setStreamToken(callId: string, attempt: number, hash: Buffer): Promise<boolean> {
    const rows = await this.#db.as(system('issue a stream token'), (tx) =>
      tx
        .update(calls)
        .set({ streamTokenHash: hash })
        .where(
          and(
            eq(calls.id, callId),
            eq(calls.attempts, attempt),
            notInArray(calls.state, ['planned', 'ended']),
          ),
        )
        .returning({ id: calls.id }),
    );
    return rows.length === 1;
  }

  /** Uses the token up and marks the call live, in one statement: a second use finds nothing. */
  async claimStream(
    callId: string,
    hash: Buffer,
    carrierSid: string,
    streamSid: string,
  ): Promise<CallRow | undefined> {
    const [row] = await this.#db.as(system('open a media stream'), (tx) =>
      tx
        .update(calls)
        .set({
          streamTokenHash: null,
          streamSid,
          carrierSid,
          state: 'live',
          answeredAt: sql`coalesce(${calls.answeredAt}, now())`,
        })
        .where(
          and(
            eq(calls.id, callId),
            eq(calls.streamTokenHash, hash),
            ne(calls.state, 'ended'),
            sql`coalesce(${calls.carrierSid}, ${carrierSid}) = ${carrierSid}`,
          ),
        )
        .returning(),
    );
    return row;
  }

  /** Applies a status callback unless a newer one was applied before. The state only moves forward, whatever happened since it was read. */
  async applyStatus(
    callId: string,
    attempt: number,
    change: { sequence: number; status: string; state: CallState | null; durationSeconds: number | null },
  ): Promise<void> {
    await this.#db.as(system('apply a status callback'), (tx) =>
      tx
        .update(calls)
        .set({
          carrierSequence: change.sequence,
          carrierStatus: change.status,
          ...(change.durationSeconds === null ? {} : { carrierDurationSeconds: change.durationSeconds }),
          ...(change.state === null ? {} : { state: forward(change.state) }),
        })
        .where(
          and(
            eq(calls.id, callId),
            eq(calls.attempts, attempt),
            lt(calls.carrierSequence, change.sequence),
            ne(calls.state, 'ended'),
          ),
        ),
    );
  }

  /** An inbound call has its carrier's id from the beginning. */
  async ringsUs(
    tx: Transaction,
    callId: string,
    carrierSid: string,
    verifiedBy: CallRow['verifiedBy'],
  ): Promise<void> {
    await tx.update(calls).set({ carrierSid, verifiedBy, attempts: 1 }).where(eq(calls.id, callId));
  }

  /** An inbound call is about to be answered, by this process. */
  async pickUp(callId: string): Promise<void> {
    await this.#db.as(system('answer a call'), (tx) =>
      tx
        .update(calls)
        .set({ state: 'ringing', heartbeatAt: sql`now()` })
        .where(and(eq(calls.id, callId), eq(calls.state, 'planned'))),
    );
  }

  async setVerified(callId: string): Promise<void> {
    await this.#db.as(system('note who a caller is'), (tx) =>
      tx.update(calls).set({ verifiedBy: 'pin' }).where(eq(calls.id, callId)),
    );
  }

  async setAnsweredBy(callId: string, answeredBy: string): Promise<void> {
    await this.#db.as(system('store who answered'), (tx) =>
      tx.update(calls).set({ answeredBy }).where(eq(calls.id, callId)),
    );
  }

  /** Ends the call; see `endCall`. @returns false when there was nothing to end. */
  end(callId: string, stage: CallStage, reason: string, bill: Bill): Promise<boolean> {
    return this.#db.as(system('end a call'), async (tx) => {
      const ended = await endCall(tx, callId, { stage, reason, bill });
      if (ended && stage === 'live') {
        await enqueueLearning(tx, callId);
        await enqueueCollecting(tx, callId);
      }
      return ended;
    });
  }

  /** Says that this process holds the calls. @returns those that somebody wants ended. */
  async heartbeat(callIds: readonly string[]): Promise<string[]> {
    if (callIds.length === 0) return [];
    const held = await this.#db.as(system('say that calls are held'), (tx) =>
      tx
        .update(calls)
        .set({ heartbeatAt: sql`now()` })
        .where(and(inArray(calls.id, [...callIds]), ne(calls.state, 'ended')))
        .returning({ id: calls.id, stopRequested: calls.stopRequested }),
    );
    return held.filter(({ stopRequested }) => stopRequested !== null).map(({ id }) => id);
  }

  /** Wants a live call ended, whichever process holds it; the first reason wins. @returns false when it is not live. */
  requestStop(callId: string, reason: string): Promise<boolean> {
    return this.#db.as(system('ask for the end of a call'), async (tx) => {
      const [row] = await tx
        .update(calls)
        .set({ stopRequested: sql`coalesce(${calls.stopRequested}, ${reason})` })
        .where(and(eq(calls.id, callId), eq(calls.state, 'live')))
        .returning({ id: calls.id });
      if (row !== undefined) await tell(tx, 'calls', callId);
      return row !== undefined;
    });
  }

  /** Live calls of some personas and payers, or all. */
  async liveOf(of: {
    house: boolean;
    personas: readonly string[];
    payers: readonly string[];
  }): Promise<string[]> {
    const rows = await this.#db.as(system('look for live calls'), (tx) =>
      tx.execute<{ id: string }>(sql`
        select c.id from calls c left join approvals a on a.call_id = c.id where c.state = 'live'
          and (${of.house} or c.persona in (select jsonb_array_elements_text(${JSON.stringify(of.personas)}::jsonb))
            or a.payer_id::text in (select jsonb_array_elements_text(${JSON.stringify(of.payers)}::jsonb)))`),
    );
    return rows.map(({ id }) => id);
  }

  /** Has the process that holds a call look at its row. */
  async tellHolder(callId: string): Promise<void> {
    await this.#db.as(system('tell of a call'), (tx) => tell(tx, 'calls', callId));
  }

  /** @returns the function that stops. */
  listen(onTold: (callId: string) => void, onListening: () => void): Promise<() => Promise<void>> {
    return this.#db.listen('calls', onTold, onListening);
  }

  /** Calls under way that nobody has said anything of for so long. */
  orphans(silentMs: number): Promise<CallRow[]> {
    return this.#db.as(system('look for calls without a process'), (tx) =>
      tx
        .select()
        .from(calls)
        .where(
          and(
            or(
              inArray(calls.state, ['dialing', 'ringing', 'live']),
              and(eq(calls.state, 'planned'), eq(calls.direction, 'inbound')), // its money was waited for
            ),
            sql`coalesce(${calls.heartbeatAt}, ${calls.createdAt}) < now() - make_interval(secs => ${silentMs / 1_000})`,
          ),
        ),
    );
  }

  /** Writes costs of a call whose process died, beside those that it had saved. */
  saveCosts({ id: callId, userId }: CallRow, costs: readonly CostEvent[]): Promise<void> {
    return this.#db.as(system('save the costs of a call without a process'), (tx) =>
      insertRecords(tx, [{ callId, userId, log: null, turns: [], costs }]),
    );
  }

  transcript(actor: Actor, callId: string) {
    return this.#db.as(actor, (tx) =>
      tx.select().from(callTurns).where(eq(callTurns.callId, callId)).orderBy(asc(callTurns.seq)),
    );
  }

  costEvents(actor: Actor, callId: string) {
    return this.#db.as(actor, (tx) =>
      tx
        .select()
        .from(callCostEvents)
        .where(eq(callCostEvents.callId, callId))
        .orderBy(asc(callCostEvents.seq)),
    );
  }

  async breakdown(actor: Actor, callId: string) {
    const [row] = await this.#db.as(actor, (tx) =>
      tx.select().from(callCostBreakdowns).where(eq(callCostBreakdowns.callId, callId)),
    );
    return row;
  }
}

/** The new state for a call that has not reached it yet, and the present one for a call that is past it. */
function forward(state: CallState) {
  const earlier = CALL_STATES.slice(0, CALL_STATES.indexOf(state));
  return sql`case when ${inArray(calls.state, earlier)} then ${state} else ${calls.state} end`;
}

function system(purpose: string): Actor {
  return { kind: 'system', purpose };
}

/** The number of the person on the line, whoever called whom. */
export function theirNumber({
  direction,
  toNumber,
  fromNumber,
}: Pick<CallRow, 'direction' | 'toNumber' | 'fromNumber'>): string {
  return direction === 'outbound' ? toNumber : fromNumber;
}
