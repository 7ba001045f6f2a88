import { createHash } from 'node:crypto'

/** A number of [0, 1) that looks random and is always the same for the same text, so that nothing that runs twice chooses twice. */
export function chanceOf(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48
}
