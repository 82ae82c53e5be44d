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
