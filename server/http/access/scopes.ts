/** What a token may do, finer than its role: `calls:read`, `calls:write`; `*` is everything that the role may. */

export const ALL = '*';
export const SCOPE = /^(?:\*|[a-z-]+:(?:read|write))$/;

/** The scope that a route asks for follows from its path and method. */
export function scopeOf(path: string, method: string): string {
  const resource = path.split('/')[2] ?? '';
  return `${resource}:${method === 'get' ? 'read' : 'write'}`;
}

export function allows(scopes: readonly string[], wanted: string): boolean {
  return scopes.includes(ALL) || scopes.includes(wanted);
}
