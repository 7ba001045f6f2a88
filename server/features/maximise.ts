import { setImmediate as othersFirst } from 'node:timers/promises'

type Point = { at: number[], value: number }

/** Milliseconds. */
const longestHold = 5
/** Of the value: sums of a million terms are not exact beyond. And of where it lies. */
const tolerance = 1e-10
const nearness = 1e-5

/**
 * The largest value of a smooth function near a starting point, by Nelder and Mead (1965) with the adaptive coefficients
 * of Gao and Han (2012), begun again from what it found until that brings nothing more. Needs no derivatives and
 * survives regions where the function is −Infinity. Lets other work go first every few milliseconds.
 */
export async function maximise(value: (at: number[]) => number, start: number[]): Promise<Point> {
  let best: Point = { at: start, value: value(start) }
  for (let attempt = 0; attempt < 8; attempt++) {
    const found = await climb(value, best.at, attempt === 0 ? 1 : 0.2)
    const gained = found.value - best.value
    if (found.value >= best.value) best = found
    if (attempt > 0 && gained <= tolerance * Math.max(1, Math.abs(best.value))) break
  }
  return best
}

async function climb(value: (at: number[]) => number, start: number[], step: number): Promise<Point> {
  const size = start.length
  const point = (at: number[]): Point => ({ at, value: value(at) })
  const simplex = [point(start), ...start.map((_, axis) => point(start.map((x, index) => index === axis ? x + step : x)))]
  const [expansion, contraction, shrinkage] = [1 + 2 / size, 0.75 - 1 / (2 * size), 1 - 1 / size]
  let rested = performance.now()
  for (let round = 0; round < 400 * size; round++) {
    if (performance.now() - rested > longestHold) {
      await othersFirst()
      rested = performance.now()
    }
    simplex.sort((one, other) => other.value - one.value)
    const [best, worst, second] = [simplex[0]!, simplex[size]!, simplex[size - 1]!]
    const spread = Math.max(...best.at.map((x, axis) => Math.max(...simplex.map(one => Math.abs(one.at[axis]! - x)))))
    if (best.value - worst.value <= tolerance * Math.max(1, Math.abs(best.value)) && spread < nearness) break
    const centre = start.map((_, axis) => simplex.slice(0, size).reduce((sum, one) => sum + one.at[axis]!, 0) / size)
    const away = (factor: number): Point => point(centre.map((x, axis) => x + factor * (x - worst.at[axis]!)))
    const reflected = away(1)
    if (reflected.value > best.value) {
      const expanded = away(expansion)
      simplex[size] = expanded.value > reflected.value ? expanded : reflected
    } else if (reflected.value > second.value) {
      simplex[size] = reflected
    } else {
      const contracted = away(reflected.value > worst.value ? contraction : -contraction)
      if (contracted.value > Math.max(reflected.value, worst.value)) simplex[size] = contracted
      else for (let index = 1; index <= size; index++) simplex[index] = point(simplex[index]!.at.map((x, axis) => best.at[axis]! + shrinkage * (x - best.at[axis]!)))
    }
  }
  return simplex.reduce((best, one) => one.value > best.value ? one : best)
}
