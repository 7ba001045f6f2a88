import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { JourneyStep } from '../../shared/journeys.ts'
import { ConditionBuilder } from '../conditions/condition-builder.tsx'
import { DurationInput } from '../conditions/duration-input.tsx'
import { ChangeSegmentForm, ChangeTopicForm, ComputeFieldForm, SetFieldForm, TagForm } from './card-forms.tsx'
import { useEditor } from './editor.ts'
import { useMailSteps } from './form-of.ts'
import type { FormOf } from './form-of.ts'
import { MailForm } from './mail-form.tsx'
import { IdSelect, Labelled, UserSelect } from './pickers.tsx'
import { AssignForm, CreateDealForm, CreateLeadForm, CreateTaskForm, MoveDealForm } from './sales-forms.tsx'
import { WaitForEventForm, WaitUntilForm } from './time-forms.tsx'
import { GoToForm, HoldOutForm, SplitByValueForm, SplitRandomForm } from './way-forms.tsx'
import { WebhookForm } from './webhook-form.tsx'
import { TypedTextarea } from './typed-input.tsx'

/** Everything about a step that can be chosen, beside where its ways lead. */
export function StepForm({ step, stepKey }: { step: JourneyStep, stepKey: string }) {
  const { t } = useTranslation('journeys')
  const { lookups, changeStep, readOnly } = useEditor()
  const set = (change: Partial<JourneyStep>, typing = false) => changeStep(stepKey, change, typing)
  const own = { stepKey, set }
  switch (step.kind) {
    case 'mail': return <MailForm step={step} {...own} />
    case 'notify_user': return (
      <>
        <UserSelect label={t('whom')} value={step.user} onChange={user => set({ user })} />
        <TypedTextarea label={t('text')} disabled={readOnly} autosize minRows={2} maxLength={500} value={step.text} onType={value => set({ text: value }, true)} />
      </>
    )
    case 'give_coupon': return (
      <>
        <IdSelect label={t('pool')} data={lookups.pools} value={step.pool_id} onChange={pool_id => set({ pool_id })} none={t('no_pools')} />
        <Text size="xs" c="dimmed">{t('coupon_hint')}</Text>
      </>
    )
    case 'wait': return <Labelled label={t('how_long')}><DurationInput value={step.duration} disabled={readOnly} onChange={duration => set({ duration }, true)} /></Labelled>
    case 'wait_until': return <WaitUntilForm step={step} {...own} />
    case 'wait_for_event': return <WaitForEventForm step={step} {...own} />
    case 'wait_for_condition': return (
      <>
        <StepCondition step={step} stepKey={stepKey} set={set} />
        <Labelled label={t('timeout')}><DurationInput value={step.timeout} disabled={readOnly} onChange={timeout => set({ timeout }, true)} /></Labelled>
      </>
    )
    case 'condition': return <StepCondition step={step} stepKey={stepKey} set={set} />
    case 'split_by_value': return <SplitByValueForm step={step} {...own} />
    case 'split_random': return <SplitRandomForm step={step} {...own} />
    case 'hold_out': return <HoldOutForm step={step} {...own} />
    case 'go_to': return <GoToForm step={step} {...own} />
    case 'start_journey': case 'leave_journey': return <OtherJourneyForm step={step} {...own} />
    case 'add_tag': case 'remove_tag': return <TagForm step={step} {...own} />
    case 'set_field': return <SetFieldForm step={step} {...own} />
    case 'compute_field': return <ComputeFieldForm step={step} {...own} />
    case 'change_topic': return <ChangeTopicForm step={step} {...own} />
    case 'change_segment': return <ChangeSegmentForm step={step} {...own} />
    case 'create_deal': return <CreateDealForm step={step} {...own} />
    case 'move_deal': return <MoveDealForm step={step} {...own} />
    case 'create_lead': return <CreateLeadForm step={step} {...own} />
    case 'assign_manager': return <AssignForm step={step} {...own} />
    case 'create_task': return <CreateTaskForm step={step} {...own} />
    case 'call_webhook': return <WebhookForm step={step} {...own} />
    case 'end': return <Text size="sm" c="dimmed">{t('end_hint')}</Text>
  }
}

function StepCondition({ step, stepKey, set }: FormOf<'condition' | 'wait_for_condition'>) {
  const { readOnly, problems } = useEditor()
  const path = `steps.${stepKey}.condition`
  return (
    <ConditionBuilder
      value={step.condition} disabled={readOnly} mails={useMailSteps(stepKey)} path={path} errors={problems.filter(problem => problem.field.startsWith(path) && problem.code === 'bad_condition')}
      onChange={condition => set({ condition }, true)}
    />
  )
}

function OtherJourneyForm({ step, set }: FormOf<'start_journey' | 'leave_journey'>) {
  const { t } = useTranslation('journeys')
  const { lookups, journeyId } = useEditor()
  return (
    <>
      <IdSelect label={t('journey')} data={lookups.journeys.filter(journey => journey.value !== String(journeyId))} value={step.journey_id} onChange={journey_id => set({ journey_id })} none={t('no_other_journeys')} />
      <Text size="xs" c="dimmed">{t(step.kind === 'start_journey' ? 'start_journey_hint' : 'leave_journey_hint')}</Text>
    </>
  )
}
