/** The known word a misspelt one was probably meant to be: at most two slips (Levenshtein, 1966), one for short words. */
export function nearest(word: string, known: string[]): string | undefined {
  let best: string | undefined
  let bestDistance = word.length <= 4 ? 2 : 3
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const distance = distanceBetween(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function distanceBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      // Two neighbours swapped ("defualt") count as one slip less than two.
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : swapped ? 0.5 : 1))
    }
    row = next
  }
  return row[right.length]!
}
