import { existsSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../paths.ts';

/** Adds what .env says to the environment; a variable that is set already keeps its value. */
export function loadDotEnv(): void {
  const file = path.join(packageRoot, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}
