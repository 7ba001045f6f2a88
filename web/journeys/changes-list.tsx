import { List, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { GraphChanges } from '../../shared/journey-versions.ts'
import { isUnchanged } from '../../shared/journey-versions.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { useEditor } from './editor.ts'

/** A step by its name and what it does, in whichever of the graphs has it. */
export function useStepName() {
  const { words } = useEditor()
  return (key: string | null, ...graphs: (JourneyGraph | undefined)[]): string => {
    const graph = key === null ? undefined : graphs.find(one => one?.steps[key])
    if (key === null || !graph) return key ?? ''
    const step = graph.steps[key]!
    const summary = words.summary(step, graph)
    return summary === undefined ? words.title(step) : `${words.title(step)} · ${summary}`
  }
}

/** What a version changes, in words. */
export function ChangesList({ changes, before, after }: { changes: GraphChanges, before: JourneyGraph | undefined, after: JourneyGraph | undefined }) {
  const { t } = useTranslation('journey_life')
  const { words } = useEditor()
  const name = useStepName()
  if (isUnchanged(changes)) return <Text size="sm" c="dimmed">{t('changes.none')}</Text>
  const target = (key: string | null) => key === null ? t('changes.end') : t('changes.step', { step: name(key, after, before) })
  const outlet = (step: string | null, outletName: string) => step === null ? undefined : words.way({ step, outlet: outletName }, after?.steps[step] ?? before?.steps[step])
  return (
    <List size="sm" spacing={4}>
      {changes.settings.map(setting => <List.Item key={setting}>{t(`changes.settings.${setting}`)}</List.Item>)}
      {changes.added.map(step => <List.Item key={step}>{t('changes.added', { step: name(step, after) })}</List.Item>)}
      {changes.removed.map(step => <List.Item key={step}>{t('changes.removed', { step: name(step, before) })}</List.Item>)}
      {changes.changed.map(({ step }) => <List.Item key={step}>{t('changes.changed', { step: name(step, after) })}</List.Item>)}
      {changes.rerouted.map((way) => {
        const called = outlet(way.step, way.outlet)
        return (
          <List.Item key={`${way.step} ${way.outlet}`}>
            {way.step === null ? t('changes.begins_at', { to: target(way.to) }) : called === undefined ? t('changes.leads_to', { step: name(way.step, after, before), to: target(way.to) }) : t('changes.way_leads_to', { step: name(way.step, after, before), way: called, to: target(way.to) })}
          </List.Item>
        )
      })}
    </List>
  )
}
