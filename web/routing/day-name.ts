/** A day of the calendar, whatever the zone of the reader. */
export const dayName = (day: string, language: string): string => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(day))
