import type { MemoryHome } from './home.ts';
import { openMemory } from './openmemory.ts';
import type { HomeSettings } from './requests.ts';
import { supermemory } from './supermemory.ts';

/** The home of this name. */
export function memoryHome({ name, ...settings }: HomeSettings & { name: MemoryHome['name'] }): MemoryHome {
  return name === 'supermemory' ? supermemory(settings) : openMemory(settings);
}
