/** 'E-Mail_Address ' and 'emailAddress' → 'e mail address', 'email address' */
export function simpleName(name: string): string {
  return name.normalize('NFC').replaceAll(/([a-zа-яё])([A-ZА-ЯЁ])/g, '$1 $2').toLowerCase().replaceAll(/[^\p{L}\p{N}№#]+/gu, ' ').trim()
}
