import { createHmac } from 'node:crypto';
import { RingbackError } from '../server/errors.ts';
import { postgres } from './driver.ts';

/** The role the server works as: no superuser, no BYPASSRLS, owner of nothing. The first migration creates it. */
export const SERVER_ROLE = 'ringback_server';

/**
 * Makes sure that the server can log in as its own role, and returns the URL for it.
 * The password is derived from the owner's, so every instance that knows DATABASE_URL knows it too.
 * @param ownerUrl connects as the owner of the schema, with migrations already applied.
 */
export async function prepareServerRole(ownerUrl: string): Promise<string> {
  const url = new URL(ownerUrl);
  const ownerPassword = decodeURIComponent(url.password);
  url.username = SERVER_ROLE;
  url.password = ownerPassword === '' ? '' : serverPassword(ownerPassword);
  if (await canConnect(url.href)) return url.href;

  const owner = postgres(ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    const secret = url.password === '' ? '' : `password '${url.password}'`; // hexadecimal, so it needs no quoting
    await owner.unsafe(`alter role ${SERVER_ROLE} login ${secret} nosuperuser nobypassrls`);
  } catch (error) {
    throw new RingbackError(
      'server_role',
      `The role ${SERVER_ROLE} cannot log in and the owner in DATABASE_URL may not change it.`,
      {
        remedy: `Let the owner of the database have CREATEROLE, or run: alter role ${SERVER_ROLE} login password '${url.password}'`,
        cause: error,
      },
    );
  } finally {
    await owner.end();
  }
  return url.href;
}

function serverPassword(ownerPassword: string): string {
  return createHmac('sha256', ownerPassword).update(SERVER_ROLE).digest('hex');
}

async function canConnect(url: string): Promise<boolean> {
  const client = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    await client`select 1`;
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === '28P01' || code === '28000') return false; // wrong password, or the role may not log in yet
    throw error;
  } finally {
    await client.end();
  }
}
