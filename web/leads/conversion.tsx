import { useState } from 'react'
import { Button, Checkbox, Group, Modal, NumberInput, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ContactCard } from '../../shared/contacts.ts'
import type { Lead } from '../../shared/leads.ts'
import { currencyDigits } from '../../shared/money.ts'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { type Asked, askedBody, nothingSaid, StageAsks } from '../deals/stage-asks.tsx'
import { StageSelect } from '../deals/stage-select.tsx'
import { usePipelines } from '../deals/use-pipelines.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyError } from '../ui/notify.ts'
import { notifyUndo } from '../ui/notify-undo.tsx'
import { useRefreshLeads } from './use-lead-actions.ts'

type Props = { lead: Lead, /** undefined: closed */ card: ContactCard | undefined, onClose: () => void }

/** A lead becomes a contact and a deal, in one dialog that begins with what is known. */
export function Conversion({ lead, card, onClose }: Props) {
  const { t } = useTranslation('leads')
  return <Modal opened={card !== undefined} onClose={onClose} title={t('conversion.title')}>{card !== undefined && <Form lead={lead} card={card} onClose={onClose} />}</Modal>
}

function Form({ lead, card, onClose }: { lead: Lead, card: ContactCard, onClose: () => void }) {
  const { t } = useTranslation('leads')
  const { company } = useSession()
  const refresh = useRefreshLeads()
  const pipelines = usePipelines()
  const [known] = useState({ first_name: card.first_name ?? '', last_name: card.last_name ?? '', email: card.email ?? '', phone: card.phone ?? '', company: card.company?.name ?? '' })
  const [person, setPerson] = useState(known)
  const [withDeal, setWithDeal] = useState(true)
  const [title, setTitle] = useState(`${lead.source_label}: ${card.name}`.slice(0, 300))
  const [amount, setAmount] = useState<number | string>('')
  const [stage, setStage] = useState<number | null>(null)
  const [asked, setAsked] = useState<Asked>(nothingSaid)
  const stageId = stage ?? pipelines[0]?.stages.find(each => each.kind === 'open')?.id ?? null
  const inStage = pipelines.flatMap(pipeline => pipeline.stages).find(each => each.id === stageId)
  const undo = useRevert(lead.id)
  const save = useMutation({
    mutationFn: () => api.post(`/leads/${lead.id}/conversion`, {
      // Only what was changed here: the rest of the card may have got on meanwhile.
      contact: Object.fromEntries(Object.entries(person).filter(([name, value]) => value !== known[name as keyof typeof known])), deal: withDeal ? { title: title.trim(), amount: typeof amount === 'number' ? amount : null, ...askedBody(inStage, asked), ...(stageId === null ? {} : { stage_id: stageId }) } : null,
    }),
    onSuccess: async () => {
      await refresh()
      notifyUndo(t('conversion.done'), t('undo'), () => undo.mutate())
      onClose()
    },
  })
  const errors = errorsByField(save.error)
  const input = (name: keyof typeof person) => ({ label: t(`add.${name}`), maxLength: 200, value: person[name], error: errors[`contact.${name}`], onChange: (event: React.ChangeEvent<HTMLInputElement>) => setPerson({ ...person, [name]: event.currentTarget.value }) })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        <Text fw={600} size="sm">{t('conversion.person')}</Text>
        <Group grow gap="xs" align="flex-start"><TextInput {...input('first_name')} /><TextInput {...input('last_name')} /></Group>
        <Group grow gap="xs" align="flex-start"><TextInput {...input('email')} /><TextInput {...input('phone')} /></Group>
        <TextInput {...input('company')} />
        <Checkbox mt="xs" label={t('conversion.with_deal')} checked={withDeal} onChange={event => setWithDeal(event.currentTarget.checked)} />
        {withDeal && (
          <>
            <TextInput label={t('deals:name')} required maxLength={300} value={title} onChange={event => setTitle(event.currentTarget.value)} error={errors['deal.title']} />
            <Group grow gap="xs" align="flex-start">
              <NumberInput label={t('deals:amount_in', { currency: company.currency })} withAsterisk={inStage?.required_fields.includes('amount') ?? false} min={0} max={1e12} decimalScale={currencyDigits(company.currency)} thousandSeparator=" " hideControls value={amount} onChange={setAmount} error={errors['deal.amount']} />
              <StageSelect label={t('deals:stage')} value={stageId} onChange={setStage} error={errors['deal.stage_id']} />
            </Group>
            <StageAsks stage={inStage} asked={asked} onChange={setAsked} errorOf={field => errors[`deal.${field}`]} />
          </>
        )}
        <ErrorNotice error={save.error} shownFields={['contact.first_name', 'contact.last_name', 'contact.email', 'contact.phone', 'contact.company', 'deal.title', 'deal.amount', 'deal.stage_id', 'deal.owner_id', 'deal.expected_on', 'deal.next_step', 'deal.lost_reason']} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
          <Button type="submit" loading={save.isPending} disabled={withDeal && title.trim() === ''}>{t('conversion.convert')}</Button>
        </Group>
      </Stack>
    </form>
  )
}

/** The deal goes again and the lead is in work. */
export function useRevert(id: number) {
  const refresh = useRefreshLeads()
  return useMutation({ mutationFn: () => api.delete(`/leads/${id}/conversion`), onSuccess: refresh, onError: notifyError })
}
