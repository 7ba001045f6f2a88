export type Person = { email?: string, phone?: string, first_name?: string, last_name?: string }

/** Somebody typed in one line, "Peter Lane +44 20 7946 0958"; null without an email or a phone, by which a contact is known. */
export function personIn(typed: string): Person | null {
  const email = /[^\s,;<>]+@[^\s,;<>]+\.[^\s,;<>]+/.exec(typed)?.[0]
  const phone = /\+?\d[\d\s().-]{5,}\d/.exec(email === undefined ? typed : typed.replace(email, ' '))?.[0]
  if (email === undefined && phone === undefined) return null
  const [first_name, ...rest] = typed.replace(email ?? '', ' ').replace(phone ?? '', ' ').split(/[\s,;<>]+/).filter(word => word !== '')
  return {
    ...(email === undefined ? {} : { email }), ...(phone === undefined ? {} : { phone }),
    ...(first_name === undefined ? {} : { first_name }), ...(rest.length === 0 ? {} : { last_name: rest.join(' ') }),
  }
}
