/**
 * How a text is written for searching: lower case, Latin letters, one spelling for all the ways a name is transliterated
 * (GOST R 52535, ICAO, BGN and what people write). «Юрий», Yuri, Yury, Iurii and Jurij are one; so are «Щербаков»,
 * Shcherbakov and Sherbakov. The function `search_fold` of the database does the same, and an index stands on it.
 */
export function searchFold(text: string): string {
  const single = [...text.toLowerCase()].map(letter => letters.get(letter) ?? letter).join('')
  return sounds.reduce((written, [from, to]) => written.replaceAll(from, to), single)
}

/**
 * The part of a word still being typed that the folded whole word is sure to contain: "Mik" of Mikhail is folded otherwise
 * than its beginning, so its last letter waits.
 */
export function searchStem(word: string): string {
  const folded = searchFold(word)
  const waits = /i$/.test(folded) || /[kqcp]$/i.test(word)
  return waits && folded.length > 1 ? folded.slice(0, -1) : folded
}

const letters = new Map([
  ...zip('абвгдеёзийклмнопрстуфхыэюяіїєґў', 'abvgdeeziiklmnoprstufhieuaiiegu'),
  ...zip('wyjq', 'viik'),
  ['ж', 'zh'], ['ц', 'ts'], ['ч', 'ch'], ['ш', 'sh'], ['щ', 'sh'], ['ь', ''], ['ъ', ''], ['\'', ''], ['’', ''], ['`', ''],
])
const sounds: [string, string][] = [
  ['shch', 'sh'], ['sch', 'sh'], ['tz', 'ts'], ['x', 'ks'], ['kh', 'h'], ['ph', 'f'],
  // C is K unless it is CH.
  ['ch', '\u0001'], ['c', 'k'], ['\u0001', 'ch'],
  ...[...'bdfgiklmnprstz'].map((letter): [string, string] => [letter + letter, letter]),
  ['ie', 'e'], ['io', 'e'], ['iu', 'u'], ['ia', 'a'], ['ee', 'e'], ['aa', 'a'], ['uu', 'u'],
]

/** What was typed with the other keyboard layout on: `ghbdtn` → «привет», «Шмфтщм» → Ivanov. Null where that changes nothing. */
export function otherLayout(typed: string): string | null {
  const isRussian = /[а-яё]/i.test(typed)
  if (isRussian && /[a-z]/i.test(typed) || !isRussian && !/[a-z]/i.test(typed)) return null
  const table = isRussian ? russianKeys : latinKeys
  return [...typed].map(letter => table.get(letter) ?? letter).join('')
}

const latin = '`qwertyuiop[]asdfghjkl;\'zxcvbnm,./~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?@#'
const russian = 'ёйцукенгшщзхъфывапролджэячсмитьбю.ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,"№'
const latinKeys = new Map(zip(latin, russian))
const russianKeys = new Map(zip(russian, latin))

function zip(from: string, to: string): [string, string][] {
  const others = [...to]
  return [...from].map((letter, index) => [letter, others[index]!])
}
