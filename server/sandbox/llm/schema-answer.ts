/** Makes the plainest value that a JSON Schema allows: what the sandbox answers when structured output is asked for. */
export function plainestValue(schema: Record<string, unknown>): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if ('const' in schema) return schema.const;
  const alternatives = (schema.anyOf ?? schema.oneOf) as Record<string, unknown>[] | undefined;
  if (alternatives !== undefined)
    return alternatives.some((a) => a.type === 'null') ? null : plainestValue(alternatives[0] ?? {});
  const type = Array.isArray(schema.type)
    ? schema.type.includes('null')
      ? 'null'
      : schema.type[0]
    : schema.type;
  switch (type) {
    case 'object': {
      const properties = Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown>>);
      const required = new Set((schema.required ?? []) as string[]);
      return Object.fromEntries(
        properties
          .filter(([name]) => required.has(name))
          .map(([name, property]) => [name, plainestValue(property)]),
      );
    }
    case 'array':
      return Array.from({ length: Number(schema.minItems ?? 0) }, () =>
        plainestValue((schema.items ?? {}) as Record<string, unknown>),
      );
    case 'string':
      return 'x'.repeat(Number(schema.minLength ?? 0));
    case 'integer':
    case 'number':
      return Number(schema.minimum ?? 0);
    case 'boolean':
      return false;
    default:
      return null;
  }
}

/** Why strict mode refuses a schema: every object names all its properties as required, and allows no others. */
export function problemOfStrict(schema: unknown, path = 'root'): string | null {
  if (Array.isArray(schema)) return first(schema.map((part, i) => problemOfStrict(part, `${path}.${i}`)));
  if (typeof schema !== 'object' || schema === null) return null;
  const { properties, required, additionalProperties } = schema as {
    properties?: Record<string, unknown>;
    required?: string[];
    additionalProperties?: unknown;
  };
  if (properties !== undefined) {
    if (additionalProperties !== false) return `'additionalProperties' is required to be false in ${path}.`;
    const missing = Object.keys(properties).find((name) => required?.includes(name) !== true);
    if (missing !== undefined) return `'required' misses '${missing}' in ${path}.`;
  }
  return first(Object.entries(schema).map(([name, part]) => problemOfStrict(part, `${path}.${name}`)));
}

function first(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null;
}
