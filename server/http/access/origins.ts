/**
 * The address that people open. Passkeys belong to a host name, and an address of numbers is none, so on this very
 * machine it is localhost.
 */
export function browserBaseUrl(publicBaseUrl: string): string {
  const url = new URL(publicBaseUrl);
  if (url.hostname === '127.0.0.1' || url.hostname === '[::1]') url.hostname = 'localhost';
  return url.href.replace(/\/$/, '');
}

/** Where our own pages may come from. */
export function ownOrigins(publicBaseUrl: string): string[] {
  return [...new Set([new URL(publicBaseUrl).origin, new URL(browserBaseUrl(publicBaseUrl)).origin])];
}
