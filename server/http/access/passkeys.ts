import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../../db/connection.ts';
import { passkeys, sessions } from '../../../db/schema/index.ts';
import { describeError, RingbackError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { ChallengeKind, Challenges } from './challenges.ts';
import { browserBaseUrl, ownOrigins } from './origins.ts';
import { openSession } from './sessions.ts';

export interface PasskeysParts {
  db: Database;
  challenges: Challenges;
  publicBaseUrl: string;
  log: Logger;
}

const VALID_MS = 5 * 60_000;
/** Challenges cost nothing; only an address is limited, so that nobody can keep the admins out. */
const SIGN_IN_LIMITS = { perSubject: Number.POSITIVE_INFINITY, perAddress: 30 };
const SYSTEM: Actor = { kind: 'system', purpose: 'passkeys' };
/** All admins share one account of the house; each passkey says whose it is. */
const ACCOUNT = { userName: 'admin', userDisplayName: 'Ringback admin' };

/** Passkeys: how admins sign in. The private half never leaves the device, so nothing here can be stolen and used. */
export class Passkeys {
  readonly #parts: PasskeysParts;
  readonly #host: string;
  readonly #origins: string[];

  constructor(parts: PasskeysParts) {
    this.#parts = parts;
    this.#host = new URL(browserBaseUrl(parts.publicBaseUrl)).hostname;
    this.#origins = ownOrigins(parts.publicBaseUrl);
  }

  /** What a browser needs to make a passkey. */
  async beginRegistration(askedFrom: string) {
    const known = await this.list(SYSTEM);
    const options = await generateRegistrationOptions({
      rpName: 'Ringback',
      rpID: this.#host,
      ...ACCOUNT,
      attestationType: 'none',
      excludeCredentials: known
        .filter(({ revokedAt }) => revokedAt === null)
        .map(({ credentialId }) => ({ id: credentialId })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    const challengeId = await this.#open('passkey-registration', options.challenge, askedFrom);
    return { challengeId, options };
  }

  /** @throws RingbackError `passkey_refused` when the answer does not prove what it should. */
  async register(
    challengeId: string,
    label: string,
    response: RegistrationResponseJSON,
  ): Promise<{ id: string; label: string }> {
    const { registrationInfo: info } = await this.#proved(
      verifyRegistrationResponse({
        response,
        expectedChallenge: (challenge) => this.#redeem('passkey-registration', challengeId, challenge),
        expectedOrigin: this.#origins,
        expectedRPID: this.#host,
      }),
    );
    if (info === undefined) throw refused();
    const { credential } = info;
    const [row] = await this.#parts.db.as(SYSTEM, (tx) =>
      tx
        .insert(passkeys)
        .values({
          credentialId: credential.id,
          publicKey: Buffer.from(credential.publicKey),
          counter: credential.counter,
          transports: credential.transports ?? [],
          label,
        })
        .onConflictDoNothing()
        .returning({ id: passkeys.id, label: passkeys.label }),
    );
    if (row === undefined) throw refused();
    return row;
  }

  /** What a browser needs to sign somebody in with a passkey; the same whether there is one or not. */
  async beginSignIn(askedFrom: string) {
    const options = await generateAuthenticationOptions({ rpID: this.#host, userVerification: 'required' });
    const challengeId = await this.#open('passkey-sign-in', options.challenge, askedFrom);
    return { challengeId, options };
  }

  /** @returns a new admin session. @throws RingbackError `passkey_refused`. */
  async signIn(challengeId: string, response: AuthenticationResponseJSON): Promise<string> {
    const passkey = await this.#find(response.id);
    if (passkey === undefined) throw refused();
    const { verified, authenticationInfo } = await this.#proved(
      verifyAuthenticationResponse({
        response,
        expectedChallenge: (challenge) => this.#redeem('passkey-sign-in', challengeId, challenge),
        expectedOrigin: this.#origins,
        expectedRPID: this.#host,
        credential: {
          id: passkey.credentialId,
          publicKey: new Uint8Array(passkey.publicKey),
          counter: passkey.counter,
        },
      }),
    );
    if (!verified) throw refused();
    await this.#parts.db.as(SYSTEM, (tx) =>
      tx
        .update(passkeys)
        .set({
          counter: sql`greatest(${passkeys.counter}, ${authenticationInfo.newCounter})`,
          lastUsedAt: sql`now()`,
        })
        .where(eq(passkeys.id, passkey.id)),
    );
    return openSession(this.#parts.db, { role: 'admin', passkeyId: passkey.id });
  }

  /** Without the keys themselves. */
  list(actor: Actor) {
    return this.#parts.db.as(actor, (tx) =>
      tx
        .select({
          id: passkeys.id,
          credentialId: passkeys.credentialId,
          label: passkeys.label,
          createdAt: passkeys.createdAt,
          lastUsedAt: passkeys.lastUsedAt,
          revokedAt: passkeys.revokedAt,
        })
        .from(passkeys)
        .orderBy(asc(passkeys.createdAt)),
    );
  }

  /** Takes a passkey out of use, and ends what was signed in with it. @throws RingbackError `passkey_unknown`. */
  async revoke(actor: Actor, id: string): Promise<void> {
    await this.#parts.db.as(actor, async (tx) => {
      const [row] = await tx
        .update(passkeys)
        .set({ revokedAt: sql`coalesce(${passkeys.revokedAt}, now())` })
        .where(eq(passkeys.id, id))
        .returning({ id: passkeys.id });
      if (row === undefined)
        throw new RingbackError('passkey_unknown', 'There is no such passkey.', { remedy: 'Check the id.' });
      await tx
        .update(sessions)
        .set({ revokedAt: sql`now()` })
        .where(and(eq(sessions.passkeyId, id), isNull(sessions.revokedAt)));
    });
  }

  async #find(credentialId: string) {
    const [row] = await this.#parts.db.as(SYSTEM, (tx) =>
      tx
        .select()
        .from(passkeys)
        .where(and(eq(passkeys.credentialId, credentialId), isNull(passkeys.revokedAt))),
    );
    return row;
  }

  #open(kind: ChallengeKind, secret: string, askedFrom: string): Promise<string> {
    return this.#parts.challenges.open({
      kind,
      subject: 'admin',
      secret,
      validMs: VALID_MS,
      maxAttempts: 1,
      askedFrom,
      limits: kind === 'passkey-sign-in' ? SIGN_IN_LIMITS : null,
    });
  }

  async #redeem(kind: ChallengeKind, challengeId: string, challenge: string): Promise<boolean> {
    return (await this.#parts.challenges.redeem(kind, challengeId, challenge)) !== null;
  }

  /** The library throws for an answer that is wrong as for one that cannot be read; the log says what it was. */
  async #proved<T>(verifying: Promise<T>): Promise<T> {
    try {
      return await verifying;
    } catch (error) {
      this.#parts.log.warn({ problem: describeError(error) }, 'refused a passkey');
      throw refused();
    }
  }
}

function refused(): RingbackError {
  return new RingbackError('passkey_refused', 'This passkey was not accepted.', {
    remedy: 'Try again; another admin can look which passkeys are in use.',
  });
}
