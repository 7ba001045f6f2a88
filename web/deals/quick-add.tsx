import { useRef, useState } from 'react'
import { ActionIcon, Group, NumberInput, Stack, TextInput } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ContactCard } from '../../shared/contacts.ts'
import type { Deal, Stage } from '../../shared/deals.ts'
import { currencyDigits } from '../../shared/money.ts'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { FindContact } from '../journeys/find-contact.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import classes from './board.module.css'
import { personIn } from './person-in.ts'
import type { Person } from './person-in.ts'

/** A deal after the other: what, how much, whose, Enter. The person may be a new one. */
export function QuickAdd({ stage, onClose }: { stage: Stage, onClose: () => void }) {
  const { t } = useTranslation('deals')
  const { company } = useSession()
  const client = useQueryClient()
  const first = useRef<HTMLInputElement>(null)
  const [title, setTitle] = useState('')
  const [amount, setAmount] = useState<number | string>('')
  const [person, setPerson] = useState<{ id: number } | Person | null>(null)
  const [added, setAdded] = useState(0)
  const save = useMutation({
    mutationFn: async (who: { id: number } | Person) => {
      const contact_id = 'id' in who ? who.id : (await api.put<ContactCard>('/contacts', who)).id
      // Made once, whatever becomes of the deal.
      setPerson({ id: contact_id })
      return api.post<Deal>('/deals', { contact_id, title: title.trim(), amount: typeof amount === 'number' ? amount : null, stage_id: stage.id })
    },
    onSuccess: () => {
      setTitle('')
      setAmount('')
      setPerson(null)
      setAdded(added + 1)
      first.current?.focus()
      void client.invalidateQueries({ queryKey: ['list'] })
      void client.invalidateQueries({ queryKey: ['deal-sums'] })
    },
  })
  return (
    <form
      className={classes.quick} aria-label={t('quick.title', { stage: stage.name })} onKeyDown={event => event.key === 'Escape' && onClose()}
      onSubmit={(event) => {
        event.preventDefault()
        if (title.trim() !== '' && person !== null && !save.isPending) save.mutate(person)
      }}
    >
      <Stack gap={6}>
        <TextInput ref={first} size="xs" aria-label={t('name')} placeholder={t('quick.what')} autoFocus required maxLength={300} value={title} onChange={event => setTitle(event.currentTarget.value)} />
        <NumberInput size="xs" aria-label={t('amount_in', { currency: company.currency })} placeholder={t('amount_in', { currency: company.currency })} min={0} max={1e12} decimalScale={currencyDigits(company.currency)} thousandSeparator=" " hideControls value={amount} onChange={setAmount} />
        <Group gap={6} wrap="nowrap">
          <FindContact key={added} size="xs" label={t('contact')} isLabelHidden value={person !== null && 'id' in person ? person.id : null} onChange={id => setPerson(id === null ? null : { id })} fresh={{ of: personIn, onChoose: setPerson }} />
          <ActionIcon type="submit" size={30} variant="light" aria-label={t('make')} title={t('make')} loading={save.isPending} disabled={title.trim() === '' || person === null}><IconCheck size={16} /></ActionIcon>
        </Group>
        <ErrorNotice error={save.error} />
      </Stack>
    </form>
  )
}
