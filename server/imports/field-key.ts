const letters: Record<string, string> = { а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'e', ж: 'zh', з: 'z', и: 'i', й: 'y', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'sch', ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya' }

/** 'Размер одежды' → 'razmer_odezhdy': the key of a custom field made for a column. */
export function slugKey(label: string): string {
  const latin = [...label.toLowerCase()].map(letter => letters[letter] ?? letter).join('').normalize('NFD').replaceAll(/\p{M}/gu, '')
  const key = latin.replaceAll(/[^a-z0-9]+/g, '_').replaceAll(/^[_0-9]+|_+$/g, '').slice(0, 50)
  return key === '' ? 'field' : key
}
