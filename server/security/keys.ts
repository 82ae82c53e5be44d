import { randomBytes, randomUUID } from 'node:crypto';
import { eq, ne } from 'drizzle-orm';
import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { dataKeys } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import { DERIVED, type MasterKey } from './master-keys.ts';
import { KEY_BYTES, seal, unseal } from './seal.ts';

/** What a key is for: a call, a webhook payload, or a purpose of the house. */
export type KeySubject =
  | { kind: 'call'; id: string }
  | { kind: 'inbox'; id: string }
  | { kind: 'house'; purpose: string };

type Row = typeof dataKeys.$inferSelect;

const SYSTEM: Actor = { kind: 'system', purpose: 'keys' };
/** Keys of calls that are live or were looked at lately; the oldest is dropped, and read again when it is needed. */
const MOST_CACHED = 5_000;
const AT_ONCE = 500;

/**
 * Envelope encryption: every call and every webhook payload has a key of its own, which is kept sealed with a master key
 * that the database does not hold. A new master key seals the keys anew and leaves what they opened alone.
 */
export class Keys {
  readonly #db: Database;
  readonly #masters: readonly MasterKey[];
  readonly #cache = new Map<string, Buffer>();

  private constructor(db: Database, masters: readonly MasterKey[]) {
    this.#db = db;
    this.#masters = masters;
  }

  /**
   * @param masters the first one seals, all of them open.
   * @throws RingbackError `keys_missing` or `keys_wrong` when something in the database could not be opened.
   */
  static async open(db: Database, masters: readonly MasterKey[]): Promise<Keys> {
    const keys = new Keys(db, masters);
    const samples = await db.as(SYSTEM, (tx) => tx.selectDistinctOn([dataKeys.master]).from(dataKeys));
    for (const row of samples) keys.#unwrap(row);
    return keys;
  }

  /** Seals a value as JSON with the key of its subject, which is made when there is none. @param context what it belongs to. */
  seal(subject: KeySubject, context: string, value: unknown): Promise<Buffer> {
    return this.sealBytes(subject, context, Buffer.from(JSON.stringify(value)));
  }

  /** The same for what is no JSON. */
  async sealBytes(subject: KeySubject, context: string, bytes: Buffer): Promise<Buffer> {
    const key = this.#cache.get(nameOf(subject)) ?? (await this.#makeOrRead(subject));
    return seal(key, context, bytes);
  }

  /** The same within a transaction that writes the subject's own row. */
  async sealIn(tx: Transaction, subject: KeySubject, context: string, value: unknown): Promise<Buffer> {
    return seal(await this.#readOrMake(tx, subject), context, Buffer.from(JSON.stringify(value)));
  }

  /** @throws RingbackError `seal_broken` when it was not sealed for this subject and context, or was changed. */
  async open(subject: KeySubject, context: string, sealed: Buffer): Promise<unknown> {
    return JSON.parse((await this.openBytes(subject, context, sealed)).toString());
  }

  /** The same for what is no JSON. */
  async openBytes(subject: KeySubject, context: string, sealed: Buffer): Promise<Buffer> {
    const key = this.#cache.get(nameOf(subject)) ?? (await this.#read(subject));
    try {
      return unseal(key, context, sealed);
    } catch (error) {
      throw new RingbackError('seal_broken', `What is kept of ${context} cannot be opened.`, {
        remedy: 'It was changed, or moved from another row; restore it from a backup.',
        cause: error,
      });
    }
  }

  /** A key that the house uses for something else. @param first what it is when there is none yet. */
  async houseKey(purpose: string, first: Buffer): Promise<Buffer> {
    return this.#db.as(SYSTEM, (tx) => this.#readOrMake(tx, { kind: 'house', purpose }, first));
  }

  /** Seals every key with the newest master key, so that the older ones can be thrown away. @returns how many were. */
  async rotate(): Promise<number> {
    let count = 0;
    for (;;) {
      const changed = await this.#db.as(SYSTEM, (tx) => this.#rotateSome(tx));
      if (changed === 0) return count;
      count += changed;
    }
  }

  async #rotateSome(tx: Transaction): Promise<number> {
    const rows = await tx
      .select()
      .from(dataKeys)
      .where(ne(dataKeys.master, this.#newest.name))
      .limit(AT_ONCE)
      .for('update');
    for (const row of rows)
      await tx
        .update(dataKeys)
        .set(this.#wrapped(row.id, this.#unwrap(row)))
        .where(eq(dataKeys.id, row.id));
    return rows.length;
  }

  async #makeOrRead(subject: KeySubject): Promise<Buffer> {
    // Cached only now: the key of a transaction that came to nothing opens nothing.
    return this.#cached(subject, await this.#db.as(SYSTEM, (tx) => this.#readOrMake(tx, subject)));
  }

  async #readOrMake(
    tx: Transaction,
    subject: KeySubject,
    first: Buffer = randomBytes(KEY_BYTES),
  ): Promise<Buffer> {
    const id = randomUUID();
    await tx
      .insert(dataKeys)
      .values({ id, ...columnsOf(subject), ...this.#wrapped(id, first) })
      .onConflictDoNothing();
    const [row] = await tx.select().from(dataKeys).where(isOf(subject)); // whoever came first
    return this.#keyOf(subject, row);
  }

  async #read(subject: KeySubject): Promise<Buffer> {
    const [row] = await this.#db.as(SYSTEM, (tx) => tx.select().from(dataKeys).where(isOf(subject)));
    return this.#cached(subject, this.#keyOf(subject, row));
  }

  #keyOf(subject: KeySubject, row: Row | undefined): Buffer {
    if (row === undefined)
      throw new RingbackError('seal_broken', `The key of ${nameOf(subject)} is gone.`, {
        remedy: 'Restore it from the backup that holds what it opens.',
      });
    return this.#unwrap(row);
  }

  #cached(subject: KeySubject, key: Buffer): Buffer {
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size < MOST_CACHED) break;
      this.#cache.delete(oldest);
    }
    this.#cache.set(nameOf(subject), key);
    return key;
  }

  get #newest(): MasterKey {
    const [newest] = this.#masters;
    if (newest === undefined) throw new Error('there is no master key');
    return newest;
  }

  #wrapped(id: string, key: Buffer): Pick<Row, 'wrapped' | 'master'> {
    return { wrapped: seal(this.#newest.key, id, key), master: this.#newest.name };
  }

  #unwrap({ id, wrapped, master: name }: Row): Buffer {
    const master = this.#masters.find((candidate) => candidate.name === name);
    if (master === undefined)
      throw new RingbackError(
        'keys_missing',
        `Something was sealed with the key "${name}", which is not there.`,
        {
          remedy: `Add ${name}:<base64> to ENCRYPTION_KEYS; after npx ringback keys rotate it can go.`,
        },
      );
    try {
      return unseal(master.key, id, wrapped);
    } catch (error) {
      throw new RingbackError(
        'keys_wrong',
        `The key "${name}" is not the one with which things were sealed.`,
        {
          remedy:
            name === DERIVED
              ? 'It is derived from the password in DATABASE_URL: set the former one, give ENCRYPTION_KEYS, run npx ringback keys rotate, and change the password then.'
              : 'Put the former value into ENCRYPTION_KEYS.',
          cause: error,
        },
      );
    }
  }
}

function nameOf(subject: KeySubject): string {
  return subject.kind === 'house' ? `house ${subject.purpose}` : `${subject.kind} ${subject.id}`;
}

function columnsOf(subject: KeySubject): Partial<Row> {
  switch (subject.kind) {
    case 'call':
      return { callId: subject.id };
    case 'inbox':
      return { inboxId: subject.id };
    case 'house':
      return { purpose: subject.purpose };
    default:
      return subject satisfies never;
  }
}

function isOf(subject: KeySubject) {
  switch (subject.kind) {
    case 'call':
      return eq(dataKeys.callId, subject.id);
    case 'inbox':
      return eq(dataKeys.inboxId, subject.id);
    case 'house':
      return eq(dataKeys.purpose, subject.purpose);
    default:
      return subject satisfies never;
  }
}
