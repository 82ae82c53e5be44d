import { randomBytes, randomUUID } from 'node:crypto';
import { and, desc, eq, isNull } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { webhookEndpoints } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import type { KeySubject, Keys } from '../security/keys.ts';
import type { Announcement } from './announce.ts';

export interface NewEndpoint {
  url: string;
  label: string;
  types: Announcement['type'][];
}

type Endpoint = Omit<typeof webhookEndpoints.$inferSelect, 'secret'>;

/** As Standard Webhooks writes secrets, so that its libraries take them. */
const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const KEY: KeySubject = { kind: 'house', purpose: 'outgoing webhooks' };
const SYSTEM: Actor = { kind: 'system', purpose: 'outgoing webhooks' };

/** Servers of others that want to be told. */
export class Endpoints {
  readonly #db: Database;
  readonly #keys: Keys;
  readonly #onlyHttps: boolean;

  /** @param onlyHttps where something may be overheard; pretended calls tell a laptop's own server. */
  constructor(db: Database, keys: Keys, onlyHttps: boolean) {
    this.#db = db;
    this.#keys = keys;
    this.#onlyHttps = onlyHttps;
  }

  /** @returns with the secret, which can be read this one time. @throws RingbackError `endpoint_invalid`. */
  async add(actor: Actor, { url, label, types }: NewEndpoint): Promise<Endpoint & { secret: string }> {
    if (this.#onlyHttps && !url.startsWith('https://'))
      throw new RingbackError('endpoint_invalid', 'Webhooks are sent over https alone.', {
        remedy: 'Give a URL that begins with https://.',
      });
    const id = randomUUID();
    const secret = SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
    const sealed = await this.#keys.seal(KEY, contextOf(id), secret);
    const [row] = await this.#db.as(actor, (tx) =>
      tx.insert(webhookEndpoints).values({ id, url, label, types, secret: sealed }).returning(),
    );
    if (row === undefined) throw new Error('the database returned no row for an insert');
    return { ...row, secret };
  }

  /** Newest first, without their secrets. */
  async list(actor: Actor): Promise<Endpoint[]> {
    const rows = await this.#db.as(actor, (tx) =>
      tx.select().from(webhookEndpoints).orderBy(desc(webhookEndpoints.createdAt)),
    );
    return rows.map(({ secret: _secret, ...endpoint }) => endpoint);
  }

  /** With all that was sent there. @throws RingbackError `endpoint_unknown`. */
  async remove(actor: Actor, id: string): Promise<void> {
    const gone = await this.#db.as(actor, (tx) =>
      tx.delete(webhookEndpoints).where(eq(webhookEndpoints.id, id)).returning({ id: webhookEndpoints.id }),
    );
    if (gone.length === 0) throw unknownEndpoint();
  }

  /** Sends nothing there any more, until it is enabled again. */
  async disable(id: string, reason: string): Promise<void> {
    await this.#db.as(SYSTEM, (tx) =>
      tx
        .update(webhookEndpoints)
        .set({ disabledAt: new Date(), disabledReason: reason })
        .where(and(eq(webhookEndpoints.id, id), isNull(webhookEndpoints.disabledAt))),
    );
  }

  /** @throws RingbackError `endpoint_unknown`. */
  async enable(actor: Actor, id: string): Promise<void> {
    const enabled = await this.#db.as(actor, (tx) =>
      tx
        .update(webhookEndpoints)
        .set({ disabledAt: null, disabledReason: null })
        .where(eq(webhookEndpoints.id, id))
        .returning({ id: webhookEndpoints.id }),
    );
    if (enabled.length === 0) throw unknownEndpoint();
  }

  /** The bytes with which messages to an endpoint are signed. */
  async signingKey(id: string, sealed: Buffer): Promise<Buffer> {
    const secret = (await this.#keys.open(KEY, contextOf(id), sealed)) as string;
    return Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  }
}

function contextOf(id: string): string {
  return `webhook endpoint ${id}`;
}

export function unknownEndpoint(): RingbackError {
  return new RingbackError('endpoint_unknown', 'There is no such endpoint.', {
    remedy: 'See GET /api/webhooks/endpoints.',
  });
}
