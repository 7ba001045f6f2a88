import type { TFunction } from 'i18next'

/** What is offered; a rule of another shape (by the API) is shown as it is. */
export const repeatChoices = ['FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'FREQ=WEEKLY', 'FREQ=WEEKLY;INTERVAL=2', 'FREQ=MONTHLY', 'FREQ=MONTHLY;INTERVAL=3', 'FREQ=YEARLY'] as const

/** A kept rule says its day as well: the choice it was made from. */
export function choiceOf(rule: string): string {
  const parts = rule.split(';')
  const weekdays = parts.find(part => part.startsWith('BYDAY='))
  const bare = parts.filter(part => !/^(BYMONTHDAY|BYMONTH|BYSETPOS)=/.test(part) && !(part === weekdays && /^BYDAY=[A-Z]{2}$/.test(part))).join(';')
  return (repeatChoices as readonly string[]).includes(bare) && !/BYDAY=[+-]?\d/.test(rule) ? bare : rule
}

export function repeatWords(t: TFunction<'activities'>, rule: string): string {
  switch (choiceOf(rule)) {
    case 'FREQ=DAILY': return t('repeat.daily')
    case 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR': return t('repeat.weekdays')
    case 'FREQ=WEEKLY': return t('repeat.weekly')
    case 'FREQ=WEEKLY;INTERVAL=2': return t('repeat.two_weeks')
    case 'FREQ=MONTHLY': return t('repeat.monthly')
    case 'FREQ=MONTHLY;INTERVAL=3': return t('repeat.quarterly')
    case 'FREQ=YEARLY': return t('repeat.yearly')
    default: return rule
  }
}
