import { ActionIcon, Select, TextInput } from '@mantine/core'
import { IconRobot } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { mailReaction } from '../../shared/conditions.ts'
import type { SentMailLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { Choice } from './choice.tsx'
import { withWindow } from './counting.ts'
import { MachinesBadge } from './event-editor.tsx'
import { useLabels } from './vocabulary.ts'
import { WindowEditor } from './window-editor.tsx'

type Props = { leaf: SentMailLeaf, vocabulary: ConditionVocabulary, onChange: (leaf: SentMailLeaf) => void, disabled: boolean }

const outcomes = mailReaction.options.flatMap(reaction => [reaction, `not_${reaction}`] as const)

/** Which mail, and what happened with it. */
export function SentMailEditor({ leaf, vocabulary, onChange, disabled }: Props) {
  const { t } = useTranslation('conditions')
  const canHaveMachines = leaf.mail === 'opened' || leaf.mail === 'clicked'
  const choose = (outcome: typeof outcomes[number]) => {
    const mail = outcome.replace('not_', '') as SentMailLeaf['mail']
    const { link, include_machines, ...rest } = leaf
    onChange({
      ...rest, mail, happened: !outcome.startsWith('not_'),
      ...(mail === 'clicked' && link !== undefined ? { link } : {}),
      ...((mail === 'opened' || mail === 'clicked') && include_machines === true ? { include_machines } : {}),
    })
  }
  return (
    <>
      <Source leaf={leaf} vocabulary={vocabulary} onChange={onChange} disabled={disabled} />
      <Choice label={t('sent_mail.happened')} disabled={disabled} options={outcomes.map(one => ({ value: one, label: t(`sent_mail.${one}`) }))} value={leaf.happened ? leaf.mail : `not_${leaf.mail}`} onChange={choose} />
      {leaf.mail === 'clicked' && (
        <TextInput
          size="xs" w={180} disabled={disabled} aria-label={t('sent_mail.link')} placeholder={t('sent_mail.any_link')} title={t('sent_mail.link')} value={leaf.link ?? ''}
          onChange={event => {
            const { link: _, ...rest } = leaf
            onChange(event.currentTarget.value === '' ? rest : { ...rest, link: event.currentTarget.value })
          }}
        />
      )}
      <WindowEditor window={leaf.window} modes={['ever', 'last', 'before']} vocabulary={vocabulary} disabled={disabled} onChange={window => onChange(withWindow(leaf, window as SentMailLeaf['window']))} />
      {canHaveMachines && leaf.include_machines !== true && !disabled && (
        <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('event.include_machines')} title={t('event.include_machines')} onClick={() => onChange({ ...leaf, include_machines: true })}><IconRobot size={16} stroke={1.7} /></ActionIcon>
      )}
      {leaf.include_machines === true && <MachinesBadge disabled={disabled} onRemove={() => onChange(withoutMachines(leaf))} />}
    </>
  )
}

function withoutMachines(leaf: SentMailLeaf): SentMailLeaf {
  const { include_machines: _, ...rest } = leaf
  return rest
}

/** Any mail, or those of one campaign, journey or template; of a journey also one of its mails. */
function Source({ leaf, vocabulary, onChange, disabled }: Props) {
  const { t } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  const { of } = leaf
  const [kind, id] = of === null ? ['any', 0] as const : 'campaign' in of ? ['campaign', of.campaign] as const : 'journey' in of ? ['journey', of.journey] as const : ['template', of.template] as const
  const items = (prefix: 'campaign' | 'journey' | 'template', list: { id: number, name: string }[]) => {
    const known = list.map(one => ({ value: `${prefix}:${one.id}`, label: one.name }))
    return kind === prefix && !list.some(one => one.id === id) ? [...known, { value: `${prefix}:${id}`, label: t('sentence.gone', { id }) }] : known
  }
  const choose = (chosen: string) => {
    const [prefix, number] = chosen.split(':')
    const chosenId = Number(number)
    onChange({ ...leaf, of: prefix === 'campaign' ? { campaign: chosenId } : prefix === 'journey' ? { journey: chosenId } : prefix === 'template' ? { template: chosenId } : null })
  }
  const mails = of !== null && 'journey' in of ? vocabulary.journeys.find(journey => journey.id === of.journey)?.steps.filter(step => step.kind === 'mail') ?? [] : []
  return (
    <>
      <Select
        size="xs" w={230} maw="100%" searchable allowDeselect={false} comboboxProps={{ keepMounted: false }} disabled={disabled} aria-label={t('sent_mail.which')} nothingFoundMessage={t('values.nothing_found')} limit={300}
        data={[
          { value: 'any', label: t('sent_mail.any') },
          { group: t('sent_mail.campaigns'), items: items('campaign', vocabulary.campaigns) },
          { group: t('sent_mail.journeys'), items: items('journey', vocabulary.journeys) },
          { group: t('sent_mail.templates'), items: items('template', vocabulary.templates) },
        ]}
        value={kind === 'any' ? 'any' : `${kind}:${id}`} onChange={chosen => chosen !== null && choose(chosen)}
      />
      {of !== null && 'journey' in of && (
        <Choice
          label={t('sent_mail.step')} disabled={disabled} value={of.step ?? ''} onChange={step => onChange({ ...leaf, of: step === '' ? { journey: of.journey } : { journey: of.journey, step } })}
          options={[{ value: '', label: t('sent_mail.any_step') }, ...stepOptions(mails, of.step).map(key => ({ value: key, label: labels.step(of.journey, key) }))]}
        />
      )}
    </>
  )
}

/** Keys to choose from; one that is gone stays in sight. */
export function stepOptions(steps: { key: string }[], chosen: string | undefined): string[] {
  return [...new Set([...steps.map(step => step.key), ...(chosen === undefined ? [] : [chosen])])]
}
