/** Small words inside of names, in whichever language. */
const particles = new Set(['van', 'von', 'der', 'den', 'de', 'del', 'della', 'di', 'da', 'la', 'le', 'el', 'bin', 'ibn', 'фон', 'ван', 'де', 'ди', 'да', 'ла', 'оглы', 'кызы', 'ибн', 'бин'])

/** All in capitals or all in small letters: `IVAN`, `анна-мария`. One letter says nothing. */
export const isUntidy = (name: string): boolean => {
  const [upper, lower] = [name.toUpperCase(), name.toLowerCase()]
  return name.length > 1 && upper !== lower && (name === upper || name === lower)
}

/** `ИВАНОВ-ПЕТРОВ` → `Иванов-Петров`, `o'brien` → `O'Brien`, `VAN DER MEER` → `Van der Meer`. What is written with both stays as it is. */
export function tidyName(name: string): string {
  if (!isUntidy(name)) return name
  return name.toLowerCase().replace(/\p{L}+/gu, (word, at: number) => at > 0 && particles.has(word) && name[at - 1] === ' ' ? word : capital(word, name[at - 1]))
}

/** A single letter before an apostrophe (O'Brien, д'Артаньян) is a word of its own; 's after a word is none. */
function capital(word: string, before: string | undefined): string {
  if ((before === '\'' || before === '’') && word.length === 1) return word
  const scottish = /^mc(?=\p{L}{3})/u.test(word) ? 2 : 0
  return scottish === 0 ? word[0]!.toUpperCase() + word.slice(1) : `Mc${word[2]!.toUpperCase()}${word.slice(3)}`
}
