import { eq, sql } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { callPreferences, users } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import { spokenMoment } from '../zoned-time.ts';
import { type CallWindow, callWindowsSchema } from './call-windows.ts';
import { isCallingTime, nextCallingTime } from './calling-hours.ts';
import type { DialSettings } from './house-settings.ts';
import { hashPin } from './pins.ts';
import type { DialPolicy } from './policy.ts';

/** When and how often somebody wants to be called. */
export interface CallPreferences {
  /** IANA name; null while nobody has told it. */
  timeZone: string | null;
  /** Null: the house's own hours. */
  windows: CallWindow[] | null;
  /** Null: as often as the house calls anybody. */
  attemptsPerDay: number | null;
  /** Whether a number whose carrier vouches for it is enough to be known by, when they call. */
  trustsAttestation: boolean;
}

/** A PIN by which they are known when they call; null takes it away. */
export interface PinChange {
  pin?: string | null;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'call preferences' };

/** A user's own hours and limits; the house's outer hours hold beside them. */
export class Preferences {
  readonly #db: Database;
  readonly #settings: DialSettings;

  constructor(db: Database, settings: DialSettings) {
    this.#db = db;
    this.#settings = settings;
  }

  /** With the next moment at which they may be called: null where the zone is not known, or no hour is left. */
  async of(
    actor: Actor,
    userId: string,
  ): Promise<CallPreferences & { hasPin: boolean; nextCallingTime: Date | null }> {
    const { value: policy } = await this.#settings.policy();
    return this.#db.as(actor, (tx) => this.#read(tx, userId, policy));
  }

  /**
   * Whether they may be called at a moment in the future.
   * @throws RingbackError `not_callable_then`, with the next time at which they may be.
   */
  async assertCallable(userId: string, moment: Date): Promise<void> {
    const { timeZone, windows } = await this.of(SYSTEM, userId);
    if (timeZone === null) return; // judged when it is due, as for everybody whose zone is not known
    const { value: policy } = await this.#settings.policy();
    if (isCallingTime(moment.getTime(), timeZone, windows, policy)) return;
    const next = nextCallingTime(moment.getTime(), timeZone, windows, policy);
    throw new RingbackError('not_callable_then', 'That is no time at which this person is called.', {
      remedy:
        next === null
          ? 'They want no calls at any hour; they can change that in their settings.'
          : `The next possible time is ${spokenMoment(next, timeZone)}, where they are.`,
    });
  }

  /** Changes some of them; what is left out stays. */
  async change(actor: Actor, userId: string, { pin, ...change }: Partial<CallPreferences> & PinChange) {
    const hash = pin == null ? null : await hashPin(pin);
    const { value: policy } = await this.#settings.policy(); // the house's, which a user's rights do not reach
    const newPin = pin === undefined ? {} : { pinHash: hash, pinFailures: 0 };
    return this.#db.as(actor, async (tx) => {
      await this.#read(tx, userId, policy); // tells of a user who is not there
      const { timeZone, ...wishes } = change;
      const own = { ...wishes, ...newPin };
      if (timeZone !== undefined)
        await tx
          .update(users)
          .set({ timeZone: timeZone ?? 'UTC', zoneStated: timeZone !== null })
          .where(eq(users.id, userId));
      await tx
        .insert(callPreferences)
        .values({ userId, ...own })
        .onConflictDoUpdate({ target: callPreferences.userId, set: { ...own, updatedAt: sql`now()` } });
      return this.#read(tx, userId, policy);
    });
  }

  async #read(tx: Transaction, userId: string, policy: DialPolicy) {
    const [row] = await tx
      .select({ user: users, own: callPreferences, now: sql<string>`now()` })
      .from(users)
      .leftJoin(callPreferences, eq(callPreferences.userId, users.id))
      .where(eq(users.id, userId));
    if (row === undefined)
      throw new RingbackError('user_unknown', 'There is no such user.', { remedy: 'Check the userId.' });
    const timeZone = row.user.zoneStated ? row.user.timeZone : null;
    const windows = row.own?.windows == null ? null : callWindowsSchema.parse(row.own.windows);
    const next =
      timeZone === null ? null : nextCallingTime(new Date(row.now).getTime(), timeZone, windows, policy);
    return {
      timeZone,
      windows,
      attemptsPerDay: row.own?.attemptsPerDay ?? null,
      trustsAttestation: row.own?.trustsAttestation ?? false,
      hasPin: row.own?.pinHash != null,
      nextCallingTime: next === null ? null : new Date(next),
    };
  }
}
