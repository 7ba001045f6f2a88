import type { Lead, LeadEmail } from '../../shared/leads.ts'
import type { Db } from '../base/db.ts'
import { domainsKnown } from '../hygiene/domains.sql.ts'
import { judgeDomain } from '../hygiene/judge-domain.ts'
import type { StoredLead } from '../leads/leads.sql.ts'

/** Puts to each lead what is known of its address. DNS is not asked here, but in the background (hygiene/count-groups.ts, askDomains). */
export async function checkLeads(db: Db, leads: StoredLead[]): Promise<Lead[]> {
  const takesMail = await domainsKnown(db, [...new Set(leads.flatMap(lead => lead.contact.email === null ? [] : domainOf(lead.contact.email)))])
  return leads.map(lead => ({ ...lead, checks: judge(lead.contact.email, takesMail) }))
}

const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1).toLowerCase()

function judge(email: string | null, takesMail: Map<string, boolean>): Lead['checks'] {
  if (email === null) return { email: 'none', proposal: null }
  const facts = judgeDomain(domainOf(email))
  const answer = takesMail.get(facts.domain)
  if (facts.meant !== null && (facts.meant_is_sure || answer === false)) return { email: 'typo', proposal: `${email.slice(0, email.lastIndexOf('@'))}@${facts.meant}` }
  return { email: verdict(facts, answer), proposal: null }
}

function verdict({ is_disposable, ask }: { is_disposable: boolean, ask: boolean }, answer: boolean | undefined): LeadEmail {
  if (is_disposable) return 'disposable'
  if (answer === false) return 'no_mail'
  return ask && answer === undefined ? 'asking' : 'takes_mail'
}
