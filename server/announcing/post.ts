import { lookup as resolve } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

export interface Posted {
  /** Null where no answer came. */
  status: number | null;
  problem: string | null;
}

/** A receiver acknowledges first and works then (standardwebhooks.com: 15 to 30 s; ours is shorter, it is tried again). */
const TIMEOUT_MS = 8_000;

/**
 * Posts a body, follows no redirect and reads no answer but its status. Never rejects.
 * @param onlyPublic refuses addresses of our own network: whoever may add an endpoint is not to reach into it.
 */
export function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  onlyPublic: boolean,
): Promise<Posted> {
  const { protocol, hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, ''); // IPv6
  if (onlyPublic && isIP(host) !== 0 && !isPublic(host))
    return Promise.resolve({ status: null, problem: notPublic(host) });
  const client = protocol === 'https:' ? https : http;
  return new Promise((done) => {
    const request = client.request(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(onlyPublic ? { lookup: lookupPublic } : {}),
      },
      (response) => {
        done({ status: response.statusCode ?? null, problem: null });
        response.destroy();
      },
    );
    request.on('error', (error) => done({ status: null, problem: error.message }));
    request.end(body);
  });
}

/** Looks at the address to which the name leads, in the moment of connecting: a name may lead elsewhere a second later. */
const lookupPublic: LookupFunction = (hostname, options, done) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, '', 0);
    const bad = addresses.find(({ address }) => !isPublic(address));
    if (bad !== undefined) return done(new Error(notPublic(bad.address)), '', 0);
    const [first] = addresses;
    if (options.all === true) (done as unknown as (e: null, all: typeof addresses) => void)(null, addresses);
    else done(null, first?.address ?? '', first?.family ?? 0);
  });
};

function isPublic(address: string): boolean {
  return ipaddr.process(address).range() === 'unicast';
}

function notPublic(address: string): string {
  return `${address} is no public address`;
}
