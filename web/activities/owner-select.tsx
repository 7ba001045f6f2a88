import { Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { useSession } from '../app/session.tsx'
import { useUsers } from '../contacts/use-reference.ts'

/** Whose tasks are shown: `me`, `all`, `nobody` or a number, kept in the address. */
export function useOwner(): string {
  return useSearchParams()[0].get('owner') ?? 'me'
}

export function OwnerSelect() {
  const { t } = useTranslation('activities')
  const { user } = useSession()
  const users = useUsers()
  const [, setParams] = useSearchParams()
  const owner = useOwner()
  return (
    <Select
      size="sm" w={200} aria-label={t('whose')} allowDeselect={false} searchable value={owner}
      data={[{ value: 'me', label: t('mine') }, { value: 'all', label: t('everybodys') }, { value: 'nobody', label: t('nobodys') }, ...users.filter(each => each.id !== user.id).map(each => ({ value: String(each.id), label: each.name }))]}
      onChange={value => setParams((before) => {
        const next = new URLSearchParams(before)
        next.set('owner', value ?? 'me')
        return next
      }, { replace: true })}
    />
  )
}
