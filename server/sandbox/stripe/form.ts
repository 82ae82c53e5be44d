/** Stripe's form encoding: `line_items[0][price_data][currency]=usd` and the like, into nested objects and arrays. */
export type FormValue = string | FormValue[] | { [name: string]: FormValue };

/** @throws Error for a body that cannot be one form, such as a field that is both a text and an object. */
export function parseForm(body: string): Record<string, FormValue> {
  const root: Record<string, FormValue> = {};
  for (const [key, value] of new URLSearchParams(body)) {
    const [first = '', ...rest] = key.split('[').map((part) => part.replace(/\]$/, ''));
    put(root, [first, ...rest], value);
  }
  return listsOf(root) as Record<string, FormValue>;
}

function put(into: Record<string, FormValue>, path: readonly string[], value: string): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  const child = into[name] ?? {};
  if (typeof child === 'string' || Array.isArray(child)) throw new Error(`Invalid hash: ${name}`);
  into[name] = child;
  const [next = ''] = rest;
  put(child, next === '' ? [String(Object.keys(child).length), ...rest.slice(1)] : rest, value);
}

/** An object whose keys are 0, 1, 2 ... was a list. */
function listsOf(value: FormValue): FormValue {
  if (typeof value === 'string' || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, field]) => [name, listsOf(field)] as const);
  if (entries.length > 0 && entries.every(([name], i) => name === String(i)))
    return entries.map(([, field]) => field);
  return Object.fromEntries(entries);
}
