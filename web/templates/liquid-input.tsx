import { useRef } from 'react'
import type { ReactNode } from 'react'
import { TextInput } from '@mantine/core'
import type { MailLocale } from '../../shared/templates.ts'
import { InsertField } from './insert-field.tsx'

type Props = {
  label: ReactNode
  value: string
  onChange: (value: string) => void
  locale: MailLocale
  placeholder?: string
  description?: ReactNode
  error?: ReactNode
  maxLength?: number
  type?: string
}

/** A line of text that may hold personal fields, with the menu to put them in where the cursor is. */
export function LiquidInput({ value, onChange, locale, maxLength = 1000, ...rest }: Props) {
  const ref = useRef<HTMLInputElement>(null)
  const insert = (text: string) => {
    const input = ref.current
    const start = input?.selectionStart ?? value.length
    const end = input?.selectionEnd ?? value.length
    onChange(value.slice(0, start) + text + value.slice(end))
    requestAnimationFrame(() => {
      input?.focus()
      input?.setSelectionRange(start + text.length, start + text.length)
    })
  }
  return <TextInput {...rest} ref={ref} value={value} maxLength={maxLength} onChange={event => onChange(event.currentTarget.value)} rightSection={<InsertField locale={locale} onInsert={insert} />} rightSectionWidth={36} />
}
