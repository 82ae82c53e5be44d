/** One environment variable: what .env.example says about it and what config.ts falls back to. */
export interface Variable {
  name: string;
  /** What it is, with its unit. */
  about: string;
  /** The value that is used when it is unset; null when unset means something of its own, said in `about`. */
  fallback: string | null;
}

export interface VariableGroup {
  title: string;
  variables: readonly Variable[];
}

function variable(name: string, about: string, fallback: string | null = null): Variable {
  return { name, about, fallback };
}

/** Every variable that Ringback reads. A test holds .env.example against this list. */
export const variableGroups: readonly VariableGroup[] = [
  {
    title: 'The server',
    variables: [
      variable(
        'NODE_ENV',
        '"production" makes the process live: every vendor must have a key.',
        'development',
      ),
      variable('PORT', 'TCP port to listen on; 0 takes a free one.', '3000'),
      variable(
        'PUBLIC_BASE_URL',
        'Our address as Twilio and browsers reach it, without a trailing slash. Unset: http://127.0.0.1:PORT.',
      ),
      variable(
        'INSTANCE_PUBLIC_BASE_URL',
        'The address of this very instance, when several share PUBLIC_BASE_URL. Unset: PUBLIC_BASE_URL.',
      ),
      variable(
        'TRUSTED_PROXIES',
        'How many proxies stand before us; the address that the last of them reports counts for limits and records.',
        '0',
      ),
      variable(
        'DRAIN_SECONDS',
        'After SIGTERM, how long calls that ring or are going on may take to end by themselves before the persona says goodbye. Set it where instances are replaced while others serve.',
        '0',
      ),
      variable(
        'MAX_LOOP_LAG_MS',
        'An instance whose event loop is later than this, in milliseconds, takes no new calls: callers hear busy, calls that are to be made wait. 0 for never.',
        '50',
      ),
      variable('DATABASE_URL', 'PostgreSQL 15 or newer, as its owner. Unset: an embedded one in .ringback/.'),
      variable('LOG_LEVEL', 'fatal, error, warn, info, debug or trace.', 'info'),
      variable(
        'PG_BIN_DIR',
        'Folder of the PostgreSQL programs for the embedded database. Unset: the npm package, then the system.',
      ),
    ],
  },
  {
    title: 'Telephone (Twilio). Without a key, every vendor below is a stand-in on this machine.',
    variables: [
      variable('TWILIO_ACCOUNT_SID', 'Account, AC and 32 hexadecimal digits.'),
      variable('TWILIO_AUTH_TOKEN', 'Signs the webhooks; secret.'),
      variable('TWILIO_PHONE_NUMBER', 'The number that calls come from, E.164.', '+15550199'),
      variable('TWILIO_API_BASE_URL', 'Scheme, host and port in place of https://api.twilio.com.'),
    ],
  },
  {
    title: 'Hearing and speaking',
    variables: [
      variable('DEEPGRAM_API_KEY', 'Speech-to-text; secret.'),
      variable('DEEPGRAM_BASE_URL', 'In place of https://api.deepgram.com.'),
      variable(
        'DEEPGRAM_MAX_STREAMS',
        'Streams that your plan allows at once. All instances together hold no more calls than that; 0 for no limit of ours.',
        '0',
      ),
      variable('CARTESIA_API_KEY', 'Text-to-speech; secret.'),
      variable('CARTESIA_BASE_URL', 'In place of https://api.cartesia.ai.'),
      variable('CARTESIA_MAX_CONTEXTS', 'As DEEPGRAM_MAX_STREAMS, for contexts of text-to-speech.', '0'),
    ],
  },
  {
    title: 'Thinking',
    variables: [
      variable('CEREBRAS_API_KEY', 'First language model; secret.'),
      variable('CEREBRAS_BASE_URL', 'In place of https://api.cerebras.ai, without /v1.'),
      variable('CEREBRAS_MODEL', 'Model id at Cerebras.', 'gpt-oss-120b'),
      variable('OPENAI_API_KEY', 'Second language model, asked when the first fails; secret.'),
      variable(
        'OPENAI_BASE_URL',
        'In place of https://api.openai.com/v1, with /v1. Any OpenAI-compatible server will do.',
      ),
      variable('OPENAI_MODEL', 'Model id at OpenAI.', 'gpt-4.1-mini'),
    ],
  },
  {
    title: 'Money (Stripe)',
    variables: [
      variable('STRIPE_SECRET_KEY', 'Holds and captures; secret.'),
      variable(
        'STRIPE_WEBHOOK_SECRET',
        'Signs the events that Stripe sends to /stripe/webhook; secret, needed beside the key.',
      ),
      variable('STRIPE_API_BASE_URL', 'In place of https://api.stripe.com.'),
      variable(
        'FEE_POLICY',
        'How the card fee is added: on_subtotal (302 -> 341, up to 18 c short at $200) or gross_up (exact: 302 -> 342).',
        'on_subtotal',
      ),
      variable(
        'ALLOW_SANDBOX_MONEY',
        '1 lets a live process run without a Stripe key, and then ring only the numbers below.',
        '0',
      ),
      variable(
        'SANDBOX_MONEY_NUMBERS',
        'Numbers that may be rung on pretended money, E.164, separated by commas.',
        '',
      ),
      variable(
        'DEV_PHONE',
        '1 lets a browser call under /dev-phone, 0 does not. Unset: on in the sandbox, off in a live process, where admins alone have it.',
      ),
      variable(
        'SANDBOX_CONTROL_URL',
        'Where a sandbox of its own process is steered from, for the phone in the browser. Unset: our own sandbox, where we start one.',
      ),
      variable('ALLOW_INSECURE_VENDOR_URLS', '1 lets a live process use plain http for a vendor.', '0'),
    ],
  },
  {
    title: 'What is stored',
    variables: [
      variable(
        'ENCRYPTION_KEYS',
        'Master keys for event logs, recordings and webhook payloads: name:base64 of 32 bytes, separated by commas, the one in use first; secret. Unset: one derived from the password in DATABASE_URL.',
      ),
      variable(
        'ENABLE_ENCRYPTION_AT_REST',
        'true refuses to start without ENCRYPTION_KEYS. Event logs, recordings and payloads are sealed either way.',
        'false',
      ),
      variable('WEBHOOK_RETENTION_DAYS', 'How long what came by webhook is kept, in days.', '30'),
    ],
  },
  {
    title: 'ElevenLabs agents that use our memory',
    variables: [
      variable('ELEVENLABS_API_KEY', 'Reads agent profiles; secret.'),
      variable('ELEVENLABS_POST_CALL_HMAC_KEY', 'Signs the post-call webhook; secret.'),
      variable(
        'ELEVENLABS_CLIENT_DATA_WORKSPACE_SECRET',
        'Header of the client-data and search-data webhooks; secret.',
      ),
      variable('ELEVENLABS_API_BASE_URL', 'Where agent profiles are read.', 'https://api.elevenlabs.io'),
      variable(
        'MAX_RETRIES',
        'How often the ElevenLabs API is asked for a profile before it is given up.',
        '3',
      ),
      variable(
        'REDIS_TTL',
        'How long the profile of an agent is used before it is asked for again, in seconds (kept in Postgres, not in Redis).',
        '3600',
      ),
      variable(
        'ANOMALY_DETECTION_ENABLED',
        'true raises an alert when payloads that cannot be read come in numbers.',
        'true',
      ),
      variable('ANOMALY_FAILURE_THRESHOLD', 'How many of them.', '5'),
      variable('ANOMALY_WINDOW_SECONDS', 'Within how many seconds.', '300'),
      variable(
        'ALERT_ON_QUARANTINE_FAILURES',
        'true makes an alert of an unreadable payload that could not be kept; otherwise it is a warning.',
        'true',
      ),
    ],
  },
  {
    title: 'Another memory home that follows ours (Postgres is always the record)',
    variables: [
      variable('MEMORY_MIRROR', 'none, supermemory or openmemory.', 'none'),
      variable('OPENMEMORY_URL', 'OpenMemory server.', 'http://localhost:8080'),
      variable('OPENMEMORY_API_KEY', 'Secret; needed with MEMORY_MIRROR=openmemory.'),
      variable('SUPERMEMORY_API_KEY', 'Secret; needed with MEMORY_MIRROR=supermemory.'),
      variable('SUPERMEMORY_BASE_URL', 'Where supermemory is.', 'https://api.supermemory.ai'),
    ],
  },
];

export const variables: readonly Variable[] = variableGroups.flatMap((group) => group.variables);

/** What the systems before Ringback read and nothing reads any more, and what is in its place. */
export const retiredVariables: Readonly<Record<string, string>> = {
  WEBHOOK_STORAGE_PATH: 'payloads are kept in the database, sealed',
  WEBHOOK_QUARANTINE_PATH: 'what cannot be read is kept in the database; see GET /api/webhook-inbox',
  AUDIO_CACHE_TTL: 'audio payloads are kept like the others, for WEBHOOK_RETENTION_DAYS',
  REDIS_URL: 'agent profiles are kept in the database, which all instances share',
  FILE_PERMISSIONS_MODE: 'no files are written',
};
