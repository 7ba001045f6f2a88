import type { Language } from '../../shared/company.ts'
import type { Choice, PassedOver, Person } from './choose-person.ts'
import type { StoredRule } from './routing.sql.ts'

const mostNamed = 5

/** Why a lead went where it went, in the company's language: kept with the lead. */
export function routingWords(language: Language, timeZone: string) {
  const russian = language === 'ru'
  const day = (date: string) => new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(date))
  const moment = (date: Date) => new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone }).format(date)
  const away = ({ absent_until }: Person) => absent_until === null ? '' : russian ? `нет на месте до ${day(absent_until)}` : `away until ${day(absent_until)}`
  const off = ({ works_from }: Person) => works_from === null ? (russian ? 'не работает' : 'does not work') : russian ? `работает с ${moment(new Date(works_from))}` : `works from ${moment(new Date(works_from))}`
  const why = { away, off, offline: () => russian ? 'не в сети' : 'not online' }
  const passed = (list: PassedOver[]) => list.slice(0, mostNamed).map(({ person, why: reason }) => `${person.name} (${why[reason](person)})`).join(', ') + (list.length > mostNamed ? (russian ? ' и другие' : ' and others') : '')
  const head = (rule: StoredRule, userId?: number) => (russian ? `Правило «${rule.name}»` : `Rule “${rule.name}”`) + (rule.team === null || rule.people.some(person => person.id === userId) ? '' : russian ? ` → команда «${rule.team.name}»` : ` → team ${rule.team.name}`)
  const nobody = (rule: StoredRule, { passed_over, has_territory }: Choice): string => {
    if (passed_over.length > 0) return `${head(rule)}: ${russian ? 'никто не свободен' : 'nobody is free'}: ${passed(passed_over)}`
    if (rule.way === 'by_territory' && !has_territory) return `${head(rule)}: ${russian ? 'это ничья территория' : 'this is nobody’s territory'}`
    return `${head(rule)}: ${russian ? 'здесь больше никто не работает' : 'nobody works here any more'}`
  }
  return {
    nobodyWanted: russian ? 'Форма никому не назначает лиды.' : 'The form gives its leads to nobody.',
    gone: russian ? 'В форме указан сотрудник, который больше не работает.' : 'The form names somebody who does not work here any more.',
    noManager: russian ? 'Пока нет ни одного менеджера, которому можно его отдать.' : 'There is no manager to give it to yet.',
    keeps: ({ name }: Person) => russian ? `${name} уже ведёт этот контакт.` : `${name} looks after this contact already.`,
    keeperAway: (person: Person) => russian ? `${person.name} ведёт этот контакт, но ${away(person)}.` : `${person.name} looks after this contact, but is ${away(person)}.`,
    standsInFor: (person: Person, absent: Person) => russian ? `${person.name}: замещает сотрудника ${absent.name}, которого ${away(absent)}.` : `${person.name} stands in for ${absent.name}, who is ${away(absent)}.`,
    awayAndNobody: (person: Person) => russian ? `${person.name}: ${away(person)}, замещающего нет.` : `${person.name} is ${away(person)}, and nobody stands in.`,
    fixed: ({ name }: Person) => russian ? `Форма отдаёт все лиды этому сотруднику: ${name}.` : `The form gives all its leads to ${name}.`,
    longestAgo: ({ name }: { name: string }) => russian ? `По очереди: ${name} дольше всех без нового лида.` : `In turn: ${name} got a lead longest ago.`,
    chosen(rule: StoredRule, { chosen, passed_over }: Choice): string {
      const { person, turn, territory } = chosen!
      const how = { round_robin: russian ? 'подошла очередь' : 'next in turn', by_load: russian ? `меньше всего открытых лидов и сделок (${person.load})` : `the fewest open leads and deals (${person.load})`, by_territory: russian ? `территория «${territory}»` : `territory ${territory}` }[rule.way]
      const instead = person === turn ? '' : russian ? `, замещает: ${turn.name} (${away(turn)})` : `, standing in for ${turn.name} (${away(turn)})`
      return `${head(rule, turn.id)} → ${person.name}: ${how}${instead}.${passed_over.length === 0 ? '' : ` ${russian ? 'До этого в очереди' : 'Passed over'}: ${passed(passed_over)}.`}`
    },
    standIn: (rule: StoredRule, choice: Choice, { name }: Person) => `${nobody(rule, choice)}. ${russian ? `Тогда берёт ${name}.` : `Then ${name} takes it.`}`,
    waits: (rule: StoredRule, choice: Choice, until: Date) => `${nobody(rule, choice)}. ${russian ? `Ждёт до ${moment(until)}.` : `Waits until ${moment(until)}.`}`,
    nobodyFree: (rule: StoredRule, choice: Choice) => `${nobody(rule, choice)}.`,
  }
}
export type RoutingWords = ReturnType<typeof routingWords>
