import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../server/paths.ts';

/** The rules of the house that a machine can check; ARCHITECTURE.md gives their reasons. */

const sources = ['server', 'db'].flatMap((folder) => listSources(path.join(packageRoot, folder)));
const product = sources.filter(({ name }) => !name.endsWith('.test.ts') && !name.endsWith('.testing.ts'));

function listSources(folder: string): Array<{ name: string; text: string }> {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return listSources(file);
    return entry.name.endsWith('.ts')
      ? [{ name: path.relative(packageRoot, file), text: readFileSync(file, 'utf8') }]
      : [];
  });
}

function offenders(files: typeof sources, pattern: RegExp): string[] {
  return files.filter(({ text }) => pattern.test(text)).map(({ name }) => name);
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import\(|requireCommonJs\()\s*'([^']+)'/g)].map(
    ([, specifier]) => specifier ?? '',
  );
}

describe('rooms', () => {
  it.each([
    ['twilio', ['server/telephony/']],
    ['@deepgram/sdk', ['server/stt/']],
    ['@cartesia/cartesia-js', ['server/tts/', 'server/stt/']],
    ['@cerebras/cerebras_cloud_sdk', ['server/llm/']],
    ['openai', ['server/llm/']],
    ['stripe', ['server/payments/']],
  ])('the SDK of %s is imported in its adapter only', (sdk, rooms) => {
    const importers = product.filter(({ text }) =>
      importsOf(text).some((name) => name === sdk || name.startsWith(`${sdk}/`)),
    );
    expect(
      importers.map(({ name }) => name).filter((name) => !rooms.some((room) => name.startsWith(room))),
    ).toEqual([]);
  });

  it('the product imports nothing of the sandbox; it only starts its process', () => {
    const allowed = /^server\/(sandbox|demo|commands)\//;
    const importers = product.filter(
      ({ name, text }) =>
        !allowed.test(name) && importsOf(text).some((specifier) => /\/sandbox\//.test(specifier)),
    );
    expect(importers.map(({ name }) => name)).toEqual([]);
  });

  it('nothing imports app.ts but the commands that start it', () => {
    const importers = product.filter(({ text }) =>
      importsOf(text).some((specifier) => /(^|\/)app\.ts$/.test(specifier)),
    );
    expect(importers.map(({ name }) => name).sort()).toEqual([
      'server/commands/start.ts',
      'server/demo/demo.ts',
    ]);
  });

  it('the conversation core imports nothing from outside itself', () => {
    const core = product.filter(({ name }) => name.startsWith('server/call/conversation/'));
    expect(core.length).toBeGreaterThan(8);
    expect(
      core.flatMap(({ name, text }) =>
        importsOf(text)
          .filter((specifier) => !specifier.startsWith('./'))
          .map((specifier) => `${name}: ${specifier}`),
      ),
    ).toEqual([]);
  });
});

describe('purity and habits', () => {
  it('the conversation core reads no clock, no randomness and no environment', () => {
    const core = product.filter(({ name }) => name.startsWith('server/call/conversation/'));
    expect(
      offenders(
        core,
        /Date\.now|new Date|performance\.|setTimeout|setInterval|setImmediate|Math\.random|randomUUID|randomBytes|process\./,
      ),
    ).toEqual([]);
  });

  it('the live call takes its time from the clock port only', () => {
    const call = product.filter(({ name }) => /^server\/(call|telephony|stt|llm|tts|cost)\//.test(name));
    expect(
      offenders(
        call.filter(({ name }) => name !== 'server/call/store.ts'),
        /Date\.now|performance\.now|setTimeout\(|setInterval\(/,
      ),
    ).toEqual([]);
  });

  it('only config, commands and a few starters read the environment', () => {
    const readers = offenders(product, /process\.env/).filter(
      (name) => !/^server\/(commands|demo|sandbox)\//.test(name),
    );
    expect(readers.sort()).toEqual([
      'db/embedded/binaries.ts',
      'db/embedded/cluster.ts',
      'db/embedded/postmaster.ts',
      'server/log.ts',
    ]);
  });

  it('has no escape from the type system and no leftovers', () => {
    expect(
      offenders(product, /\bas any\b|: any\b|@ts-ignore|@ts-expect-error|biome-ignore|\bTODO\b|\bFIXME\b/),
    ).toEqual([]);
  });

  it('keeps every file to one idea: none is longer than 300 lines', () => {
    expect(product.filter(({ text }) => text.split('\n').length > 301).map(({ name }) => name)).toEqual([]);
  });

  it('tests neither sleep nor skip', () => {
    const tests = [...sources, ...listSources(path.join(packageRoot, 'test'))].filter(
      ({ name }) => name.endsWith('.test.ts') && name !== 'test/house-rules.test.ts',
    );
    expect(offenders(tests, /\b(it|test|describe)\.(skip|only|todo)\b|vi\.mock\(|setTimeout\(/)).toEqual([]);
  });
});
