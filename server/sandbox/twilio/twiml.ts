/** The verbs of TwiML that the sandbox carries out. */
export type Verb =
  | { verb: 'stream'; url: string; parameters: Record<string, string> }
  | { verb: 'say'; text: string }
  | { verb: 'pause'; seconds: number }
  | { verb: 'hangup' }
  | { verb: 'reject'; reason: string };

/** @throws Error when the document is not TwiML, or uses a verb the sandbox does not play. */
export function parseTwiml(xml: string): Verb[] {
  const body = /<Response\s*\/>|<Response>(.*)<\/Response>/s.exec(xml);
  if (body === null) throw new Error('the answer is not TwiML: it has no <Response>');
  const verbs: Verb[] = [];
  const element = /<(Connect|Say|Pause|Hangup|Reject)\b([^>]*?)(?:\/>|>(.*?)<\/\1>)/gs;
  const rest = (body[1] ?? '').replace(
    element,
    (_, name: string, attributes: string, inner: string | undefined) => {
      verbs.push(toVerb(name, attributes, inner ?? ''));
      return '';
    },
  );
  if (rest.trim() !== '')
    throw new Error(`TwiML that the sandbox does not play: ${rest.trim().slice(0, 80)}`);
  return verbs;
}

function toVerb(name: string, attributes: string, inner: string): Verb {
  switch (name) {
    case 'Connect':
      return toStream(inner);
    case 'Say':
      return { verb: 'say', text: unescapeXml(inner) };
    case 'Pause':
      return { verb: 'pause', seconds: Number(attribute(attributes, 'length') ?? 1) };
    case 'Reject':
      return { verb: 'reject', reason: attribute(attributes, 'reason') ?? 'rejected' };
    default:
      return { verb: 'hangup' };
  }
}

function toStream(inner: string): Verb {
  const stream = /<Stream\b([^>]*?)(?:\/>|>(.*?)<\/Stream>)/s.exec(inner);
  const url = stream === null ? undefined : attribute(stream[1] ?? '', 'url');
  if (url === undefined) throw new Error('<Connect> without a <Stream url="...">');
  const parameters: Record<string, string> = {};
  for (const [, found] of (stream?.[2] ?? '').matchAll(/<Parameter\b([^>]*?)\/?>/g)) {
    const name = attribute(found ?? '', 'name');
    if (name !== undefined) parameters[name] = attribute(found ?? '', 'value') ?? '';
  }
  return { verb: 'stream', url, parameters };
}

function attribute(attributes: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
  return value === undefined ? undefined : unescapeXml(value);
}

function unescapeXml(text: string): string {
  return text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;|&#39;/g, "'")
    .replace(/&amp;/g, '&');
}
