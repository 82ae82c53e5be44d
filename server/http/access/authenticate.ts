import type { Request, Response } from 'express';
import type { Database } from '../../../db/connection.ts';
import { ownOrigins } from './origins.ts';
import { ALL } from './scopes.ts';
import { actorOfSession } from './sessions.ts';
import { type Caller, callerOfToken } from './tokens.ts';

/** `__Host-` binds the cookie to this very host, which only https can. */
function sessionCookieName(publicBaseUrl: string): string {
  return publicBaseUrl.startsWith('https:') ? '__Host-ringback' : 'ringback';
}

/**
 * Whom a request speaks for: an API token or session in `Authorization: Bearer`, or a session in a cookie. A cookie
 * that changes something must come from our own pages: another site's request brings the cookie, but not our origin.
 */
export async function authenticate(
  db: Database,
  request: Request,
  publicBaseUrl: string,
): Promise<Caller | undefined> {
  const bearer = /^Bearer (\S+)$/.exec(request.get('authorization') ?? '')?.[1];
  if (bearer !== undefined) return (await callerOfToken(db, bearer)) ?? (await callerOfSession(db, bearer));
  const cookie = cookieOf(request, sessionCookieName(publicBaseUrl));
  if (cookie === undefined) return undefined;
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  if (!isReading && !ownOrigins(publicBaseUrl).includes(request.get('origin') ?? '')) return undefined;
  return callerOfSession(db, cookie);
}

/** Who is signed in may do all that their role may. */
async function callerOfSession(db: Database, secret: string): Promise<Caller | undefined> {
  const actor = await actorOfSession(db, secret);
  return actor === undefined ? undefined : { actor, scopes: [ALL] };
}

/** The secret that a request presents, to sign out with. */
export function presentedSecret(request: Request, publicBaseUrl: string): string | undefined {
  const bearer = /^Bearer (\S+)$/.exec(request.get('authorization') ?? '')?.[1];
  return bearer ?? cookieOf(request, sessionCookieName(publicBaseUrl));
}

export function setSessionCookie(response: Response, publicBaseUrl: string, session: string): void {
  response.cookie(sessionCookieName(publicBaseUrl), session, cookieOptions(publicBaseUrl));
}

export function clearSessionCookie(response: Response, publicBaseUrl: string): void {
  response.clearCookie(sessionCookieName(publicBaseUrl), cookieOptions(publicBaseUrl));
}

function cookieOptions(publicBaseUrl: string) {
  return { httpOnly: true, sameSite: 'lax', path: '/', secure: publicBaseUrl.startsWith('https:') } as const;
}

function cookieOf(request: Request, name: string): string | undefined {
  const pairs = (request.get('cookie') ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([key]) => key === name)?.[1];
}
