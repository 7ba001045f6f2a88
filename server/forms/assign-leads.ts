import type { FormDefinition } from '../../shared/forms.ts'
import type { Language } from '../../shared/company.ts'
import type { Db } from '../base/db.ts'
import { namesOfUsers, nextManagers } from '../leads/create-leads.sql.ts'

export type Wish = { wish: FormDefinition['lead_owner'], contact_owner: number | null }
export type Assigned = { owner_id: number | null, assigned_because: string }

const words = {
  en: {
    nobody: 'The form gives its leads to nobody.',
    contactOwner: (name: string) => `${name} looks after this contact already.`,
    fixed: (name: string) => `The form gives all its leads to ${name}.`,
    gone: 'The form names somebody who does not work here any more.',
    turn: (name: string) => `In turn: ${name} got a lead longest ago.`,
    none: 'There is no manager to give it to yet.',
  },
  ru: {
    nobody: 'Форма никому не назначает лиды.',
    contactOwner: (name: string) => `${name} уже ведёт этот контакт.`,
    fixed: (name: string) => `Форма отдаёт все лиды этому сотруднику: ${name}.`,
    gone: 'В форме указан сотрудник, который больше не работает.',
    turn: (name: string) => `По очереди: ${name} дольше всех без нового лида.`,
    none: 'Пока нет ни одного менеджера, которому можно его отдать.',
  },
}

/** Who gets each lead, and why: whoever looks after the contact already, else as the form says. */
export async function assignLeads(tx: Db, wishes: Wish[], language: Language): Promise<Assigned[]> {
  const say = words[language]
  const names = await namesOfUsers(tx, wishes.flatMap(({ wish, contact_owner }) => [contact_owner ?? [], typeof wish === 'number' ? wish : []].flat()))
  const managers = wishes.some(({ wish }) => wish === 'round_robin') ? await nextManagers(tx) : []
  return wishes.map(({ wish, contact_owner }) => {
    const owner = contact_owner === null ? undefined : names.get(contact_owner)
    if (owner !== undefined) return { owner_id: contact_owner, assigned_because: say.contactOwner(owner) }
    if (wish === 'nobody') return { owner_id: null, assigned_because: say.nobody }
    if (typeof wish === 'number') {
      const name = names.get(wish)
      return name === undefined ? { owner_id: null, assigned_because: say.gone } : { owner_id: wish, assigned_because: say.fixed(name) }
    }
    const next = managers.shift()
    if (next === undefined) return { owner_id: null, assigned_because: say.none }
    managers.push(next)
    return { owner_id: next.id, assigned_because: say.turn(next.name) }
  })
}
