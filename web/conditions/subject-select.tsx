import { useState } from 'react'
import { Combobox, InputBase, ScrollArea, useCombobox } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { SubjectGroup } from './subjects.ts'

type Props = {
  groups: SubjectGroup[]
  /** what it opens from; receives how to open it */
  target: (toggle: () => void) => ReactNode
  onChoose: (subject: string) => void
}

/** A searchable menu of everything a condition can be about; a type of event that is not listed can be typed. */
export function SubjectMenu({ groups, target, onChoose }: Props) {
  const { t } = useTranslation('conditions')
  const [search, setSearch] = useState('')
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption()
      combobox.focusTarget()
      setSearch('')
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  })
  const wanted = search.trim().toLowerCase()
  // What begins with the words typed stands before what only holds them.
  const rank = (label: string) => label.toLowerCase() === wanted ? 0 : label.toLowerCase().startsWith(wanted) ? 1 : 2
  const found = groups
    .map(({ group, items }) => ({ group, items: items.filter(item => item.label.toLowerCase().includes(wanted) || item.value.includes(wanted)).toSorted((a, b) => rank(a.label) - rank(b.label)) }))
    .filter(({ items }) => items.length > 0)
    .toSorted((a, b) => rank(a.items[0]?.label ?? '') - rank(b.items[0]?.label ?? ''))
  const isOwnEvent = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/.test(wanted) && !groups.some(({ items }) => items.some(item => item.value === `event:${wanted}`))
  return (
    <Combobox
      store={combobox} width={300} position="bottom-start" withinPortal keepMounted={false}
      onOptionSubmit={(subject) => {
        onChoose(subject)
        combobox.closeDropdown()
      }}
    >
      <Combobox.Target withAriaAttributes={false}>{target(() => combobox.toggleDropdown())}</Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search} placeholder={t('subjects.search')} aria-label={t('subjects.search')}
          onChange={(event) => {
            setSearch(event.currentTarget.value)
            combobox.updateSelectedOptionIndex()
          }}
        />
        <Combobox.Options>
          <ScrollArea.Autosize mah={320} type="auto">
            {found.map(({ group, items }) => (
              <Combobox.Group key={group} label={group}>
                {items.map(item => <Combobox.Option key={item.value} value={item.value}>{item.label}</Combobox.Option>)}
              </Combobox.Group>
            ))}
            {isOwnEvent && <Combobox.Option value={`event:${wanted}`}>{t('subjects.other_event', { type: wanted })}</Combobox.Option>}
            {found.length === 0 && !isOwnEvent && <Combobox.Empty>{t('subjects.none')}</Combobox.Empty>}
          </ScrollArea.Autosize>
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}

/** The subject of a row: shows it, and opens the menu to choose another. */
export function SubjectButton({ label, groups, onChoose, disabled }: { label: string, groups: SubjectGroup[], onChoose: (subject: string) => void, disabled?: boolean }) {
  const { t } = useTranslation('conditions')
  return (
    <SubjectMenu
      groups={groups} onChoose={onChoose}
      target={toggle => (
        <InputBase
          component="button" type="button" pointer size="xs" fw={600} disabled={disabled ?? false} aria-label={`${t('row.subject')}: ${label}`} aria-haspopup="listbox"
          onClick={toggle} rightSection={<Combobox.Chevron />} rightSectionPointerEvents="none" style={{ maxWidth: 280 }}
        >
          {label}
        </InputBase>
      )}
    />
  )
}
