import type { Loop } from './base/loops.ts'

/** Everything that runs by itself for as long as the process lives. */
export const loops: Loop[] = [
]
