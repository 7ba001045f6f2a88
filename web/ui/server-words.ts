import i18next from 'i18next'

/** What the server says about a field, and which of our sentences says the same in the reader's language. Named groups are values put into it. */
const known: [RegExp, string][] = [
  [/^(is not an email address|invalid email address)$/i, 'not_email'],
  [/^is not a phone number$/, 'not_phone'],
  [/^is not a language such as/, 'not_language'],
  [/^(is not a time zone|an IANA time zone)/, 'not_time_zone'],
  [/^an ISO 4217 code/, 'not_currency'],
  [/^belongs to another contact/, 'taken_by_contact'],
  [/^is empty: nobody can be recognised/, 'nobody_recognised'],
  [/^is empty: when was it bought/, 'no_order_date'],
  [/^is empty: what did it cost/, 'no_order_amount'],
  [/^is before 1970$/, 'before_1970'],
  [/^"(?<value>.*)" is no number$/, 'value_no_number'],
  [/^"(?<value>.*)" is no date$/, 'value_no_date'],
  [/^"(?<value>.*)" is no currency/, 'value_no_currency'],
  [/^"(?<value>.*)" does not fit$/, 'value_does_not_fit'],
  [/^has (?<found>\d+) columns where there should be (?<expected>\d+)$/, 'wrong_columns'],
  [/^another line of this order/, 'order_line_bad'],
  [/^give an email, a phone or an external id$/, 'nobody_recognised'],
  [/^is a spreadsheet or an archive/, 'file_spreadsheet'],
  [/^is no text\. A CSV/, 'file_no_text'],
  [/^Line (?<line>\d+): a quotation mark opens here/, 'csv_open_quote'],
  [/^Line (?<line>\d+): column (?<column>\d+) has a quotation mark after a space/, 'csv_quote_after_space'],
  [/^Line (?<line>\d+): column (?<column>\d+) goes on after its closing/, 'csv_after_quote'],
  [/^Line (?<line>\d+): (column \d+ is longer|more than)/, 'csv_too_large'],
  [/^Stopped by hand\.$/, 'stopped_by_hand'],
  [/^is empty$/, 'is_empty'],
  [/^say what people agreed to/, 'wording_missing'],
  [/^write it in at least one language$/, 'write_in_a_language'],
  [/^somebody signs in with this address already$/, 'taken_by_user'],
  [/^this is not your present password$/, 'wrong_password'],
  [/^there is no such contact$/, 'no_contact'],
  [/^there is no such member of staff$/, 'no_user'],
  [/^there is no such topic$/, 'no_topic'],
  [/^there is no such template$/, 'no_template'],
  [/^there is no such custom field$/, 'no_field'],
  [/^another tag has this name$/, 'tag_taken'],
  [/^there is a field with this key already$/, 'field_key_taken'],
  [/^another form has this address already$/, 'form_taken'],
  [/^small latin letters, digits/i, 'not_key'],
  [/^two choices have the same value$/, 'choices_equal'],
  [/^give at least one choice$/, 'choices_missing'],
  [/^a number is expected$/, 'not_number'],
  [/^true or false is expected$/, 'not_boolean'],
  [/^a date such as/, 'not_date'],
  [/^an address beginning with http/, 'not_link'],
  [/^holds characters that cannot be stored$/, 'bad_characters'],
  [/^lies in the future$/, 'in_future'],
  [/^give the company a name$/, 'company_missing'],
  [/^give your name$/, 'name_missing'],
  [/^give the tag a name$/, 'name_missing'],
  [/^give the segment a name$/, 'name_missing'],
  [/^give the topic a name$/, 'name_missing'],
  [/^say what is to be done$/, 'task_missing'],
  [/^say on what the change rests/, 'wording_missing'],
  [/^at least (?<count>\d+) characters$/, 'too_short'],
  [/^(a tag has )?at most (?<count>[\d,]+) characters$/, 'too_long'],
  [/^Too small: expected string to have >=1 characters$/, 'required'],
  [/^Too small: expected string to have >=(?<count>\d+) characters$/, 'too_short'],
  [/^Too big: expected string to have <=(?<count>\d+) characters$/, 'too_long'],
  [/^Too small: expected number to be >=?(?<least>-?[\d.]+)$/, 'too_small'],
  [/^Too big: expected number to be <=?(?<most>-?[\d.]+)$/, 'too_big'],
  [/^Invalid input: expected \w+, received (undefined|null)$/, 'required'],
]

/** A field error as the reader understands it; what we do not know is shown as the server said it. */
export function serverWords(message: string): string {
  for (const [pattern, key] of known) {
    const match = pattern.exec(message)
    if (match === null) continue
    const values: Record<string, unknown> = { ...match.groups }
    if (typeof values['count'] === 'string') values['count'] = Number(values['count'].replaceAll(',', ''))
    return i18next.t(`server:${key}`, values)
  }
  return message
}
