import type { DomainFinding } from '../../shared/delivery.ts'

const mostShown = 6

/** A finding with what most have none of left out. Texts from outside are cut to what a page can show. */
export function finding(kind: DomainFinding['kind'], level: DomainFinding['level'], code: string, more: Partial<Omit<DomainFinding, 'kind' | 'level' | 'code'>> = {}): DomainFinding {
  return {
    kind, level, code, about: more.about ?? null, values: more.values ?? {}, record: more.record ?? null, file: more.file ?? null,
    found: (more.found ?? []).slice(0, mostShown).map(text => text.length > 1000 ? `${text.slice(0, 1000)}…` : text),
  }
}
