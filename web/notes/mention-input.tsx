import { useRef, useState } from 'react'
import { Combobox, Textarea, useCombobox } from '@mantine/core'
import { useUsers } from '../contacts/use-reference.ts'

type Props = { label: string, placeholder?: string, value: string, onChange: (value: string) => void, onSubmit: () => void, onFocus?: () => void, autoFocus?: boolean }

/** A text in which @ offers the names of colleagues. Ctrl or Cmd with Enter sends it off. */
export function MentionInput({ label, placeholder, value, onChange, onSubmit, onFocus, autoFocus }: Props) {
  const users = useUsers()
  const input = useRef<HTMLTextAreaElement>(null)
  const combobox = useCombobox()
  const [typed, setTyped] = useState<string | null>(null)
  const found = typed === null ? [] : users.filter(user => user.name.toLowerCase().split(/\s+/).some((_, index, words) => words.slice(index).join(' ').startsWith(typed.toLowerCase()))).slice(0, 6)
  const look = (element: HTMLTextAreaElement) => {
    const name = /(?:^|\s)@([\p{L}\p{N}.-]*(?: [\p{L}\p{N}.-]*)?)$/u.exec(element.value.slice(0, element.selectionStart))?.[1] ?? null
    setTyped(name)
    if (name === null) combobox.closeDropdown()
    else {
      combobox.openDropdown()
      combobox.selectFirstOption()
    }
  }
  const choose = (name: string) => {
    const element = input.current
    if (element === null || typed === null) return
    const before = element.value.slice(0, element.selectionStart - typed.length)
    onChange(`${before}${name} ${element.value.slice(element.selectionStart)}`)
    setTyped(null)
    combobox.closeDropdown()
    const caret = before.length + name.length + 1
    requestAnimationFrame(() => element.setSelectionRange(caret, caret))
  }
  const open = combobox.dropdownOpened && found.length > 0
  return (
    <Combobox store={combobox} onOptionSubmit={choose} position="bottom-start" width={240}>
      <Combobox.Target withKeyboardNavigation={open}>
        <Textarea
          ref={input} aria-label={label} placeholder={placeholder} autosize minRows={2} maxRows={14} maxLength={20_000} autoFocus={autoFocus} value={value} onFocus={onFocus} onBlur={() => combobox.closeDropdown()}
          onChange={(event) => {
            onChange(event.currentTarget.value)
            look(event.currentTarget)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && open) {
              event.stopPropagation()
              combobox.closeDropdown()
            }
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
              event.preventDefault()
              onSubmit()
            }
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={!open}>
        <Combobox.Options>{found.map(user => <Combobox.Option key={user.id} value={user.name}>{user.name}</Combobox.Option>)}</Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}
