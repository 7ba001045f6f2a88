import { useState } from 'react'
import { Autocomplete, Button, Group, NumberInput, Select, Stack, TextInput } from '@mantine/core'
import { DateInput, DateTimePicker } from '@mantine/dates'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { FieldValue } from '../../shared/contacts.ts'
import type { Deal, StageRequirement } from '../../shared/deals.ts'
import { currencyDigits } from '../../shared/money.ts'
import { api } from '../app/api.ts'
import { useMay, useSession } from '../app/session.tsx'
import { CustomFieldInputs } from '../contacts/custom-field-inputs.tsx'
import { useCustomFields, useUsers } from '../contacts/use-reference.ts'
import { FindContact } from '../journeys/find-contact.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { NextStep } from './next-step.tsx'
import { StageSelect } from './stage-select.tsx'
import { useLostReasons, usePipelines } from './use-pipelines.ts'

type Props = { contactId: number | null, /** null: a new one; without a contact it is chosen here */ deal: Deal | null, /** chosen already, to be saved with the rest */ stageId?: number, onDone: () => void }

/** A deal to make, or what is asked of one before it moves. A lost stage asks why, and any stage for what it must know of a deal that comes in. */
export function DealForm({ contactId, deal, stageId: wanted, onDone }: Props) {
  const { t } = useTranslation('deals')
  const { company } = useSession()
  const may = useMay('contacts')
  const users = useUsers()
  const pipelines = usePipelines()
  const reasons = useLostReasons()
  const [person, setPerson] = useState(contactId)
  const [title, setTitle] = useState(deal?.title ?? '')
  const [amount, setAmount] = useState<number | string>(deal?.amount ?? '')
  const [chosenStage, setStage] = useState<number | null>(wanted ?? deal?.stage.id ?? null)
  const [owner, setOwner] = useState<string | null | undefined>(deal === null ? undefined : deal.owner === null ? null : String(deal.owner.id))
  const [reason, setReason] = useState(deal?.lost_reason ?? '')
  const [expectedOn, setExpectedOn] = useState<string | null>(deal?.expected_on ?? null)
  const custom = useCustomFields('deal')
  const [changed, setChanged] = useState<Record<string, FieldValue>>({})
  const [step, setStep] = useState('')
  const [stepDue, setStepDue] = useState<string | null>(null)
  const [stepDone, setStepDone] = useState(false)
  const currency = deal?.currency ?? company.currency
  const stageId = chosenStage ?? pipelines[0]?.stages.find(stage => stage.kind === 'open')?.id ?? null
  const stage = pipelines.flatMap(pipeline => pipeline.stages).find(each => each.id === stageId)
  const kind = stage?.kind ?? deal?.stage.kind
  const nextStep = stepDone ? null : deal?.next_step ?? null
  const asks = (field: StageRequirement) => stageId !== deal?.stage.id && (stage?.required_fields.includes(field) ?? false)
  const save = useMutation({
    mutationFn: () => {
      const fields = {
        title: title.trim(), expected_on: expectedOn, amount: typeof amount === 'number' ? amount : null, ...(owner === undefined ? {} : { owner_id: owner === null ? null : Number(owner) }),
        ...(step.trim() === '' ? {} : { next_step: { title: step.trim(), due_at: stepDue === null ? null : new Date(stepDue).toISOString() } }),
        ...(Object.keys(changed).length === 0 ? {} : { fields: changed }),
        ...(kind === 'lost' ? { lost_reason: reason.trim() === '' ? null : reason.trim() } : {}),
      }
      return deal === null
        ? api.post<Deal>('/deals', { ...fields, contact_id: person, ...(stageId === null ? {} : { stage_id: stageId }) })
        : api.patch<Deal>(`/deals/${deal.id}`, { ...fields, revision: deal.revision, ...(stageId === null || stageId === deal.stage.id ? {} : { stage_id: stageId }) })
    },
    onSuccess: onDone,
  })
  const errors = errorsByField(save.error)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (may) save.mutate()
      }}
    >
      <Stack gap="sm">
        {contactId === null && <FindContact label={t('contact')} value={person} onChange={setPerson} />}
        <TextInput label={t('name')} required data-autofocus maxLength={300} disabled={!may} value={title} onChange={event => setTitle(event.currentTarget.value)} error={errors['title']} />
        <Group grow gap="xs" align="flex-start">
          <NumberInput label={t('amount_in', { currency })} withAsterisk={asks('amount')} min={0} max={1e12} decimalScale={currencyDigits(currency)} thousandSeparator=" " hideControls disabled={!may} value={amount} onChange={setAmount} error={errors['amount']} />
          <StageSelect label={t('stage')} disabled={!may} value={stageId} onChange={setStage} {...(deal === null ? {} : { deal })} error={errors['stage_id']} />
        </Group>
        {kind === 'lost' && <Autocomplete label={t('lost_reason')} placeholder={t('lost_reason_hint')} withAsterisk={asks('lost_reason')} data={reasons} maxLength={1000} disabled={!may} value={reason} onChange={setReason} error={errors['lost_reason']} />}
        <Group grow gap="xs" align="flex-start">
          <Select
            label={t('owner')} placeholder={owner === undefined ? t('owner_default') : t('nobody')} withAsterisk={asks('owner_id')} searchable clearable disabled={!may} value={owner ?? null}
            data={users.map(user => ({ value: String(user.id), label: user.name }))} onChange={setOwner} error={errors['owner_id']}
          />
          <DateInput label={t('expected_on')} withAsterisk={asks('expected_on')} clearable valueFormat="DD.MM.YYYY" disabled={!may} value={expectedOn} onChange={setExpectedOn} error={errors['expected_on']} />
        </Group>
        {deal !== null && <NextStep deal={{ ...deal, next_step: nextStep }} onDone={() => setStepDone(true)} />}
        {may && kind !== 'lost' && (
          <Group grow gap="xs" align="flex-start">
            <TextInput label={nextStep === null ? t('next_step') : t('next_step_add')} placeholder={t('next_step_hint')} withAsterisk={asks('next_step') && nextStep === null} maxLength={300} value={step} onChange={event => setStep(event.currentTarget.value)} error={errors['next_step']} />
            <DateTimePicker label={t('next_step_due')} clearable valueFormat="DD MMM YYYY HH:mm" value={stepDue} onChange={setStepDue} />
          </Group>
        )}
        <CustomFieldInputs of="deal" values={{ ...deal?.fields, ...changed }} onChange={(key, value) => setChanged(before => ({ ...before, [key]: value }))} errors={errors} />
        <ErrorNotice error={save.error} shownFields={[...custom.map(field => `fields.${field.key}`), 'title', 'amount', 'stage_id', 'owner_id', 'expected_on', 'lost_reason', ...(kind === 'lost' ? [] : ['next_step'])]} />
        {may && (
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending} disabled={title.trim() === '' || person === null}>{deal === null ? t('make') : t('app:save')}</Button>
          </Group>
        )}
      </Stack>
    </form>
  )
}
