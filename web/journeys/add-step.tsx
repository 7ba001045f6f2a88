import { ActionIcon, Menu, Text } from '@mantine/core'
import { IconArrowForward, IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { possibleTargets, targetOf } from './graph.ts'
import type { Place, StepKind } from './graph.ts'
import { useEditor } from './editor.ts'
import { stepLook, stepMenu } from './step-look.ts'

/** The "+" on a way: what to put there; at an open end also where else the way may lead. */
export function AddStep({ place, label }: { place: Place, label?: string }) {
  const { t } = useTranslation('journeys')
  const { graph, words, addStep, leadTo, readOnly } = useEditor()
  if (readOnly) return null
  const isOpen = targetOf(graph, place) === null
  const targets = isOpen ? possibleTargets(graph, place) : []
  return (
    <Menu position="bottom" withinPortal>
      <Menu.Target>
        <ActionIcon className="nodrag nopan" size={26} radius="xl" variant={isOpen ? 'light' : 'default'} aria-label={label ?? t('add_step')} title={label ?? t('add_step')}>
          <IconPlus size={15} stroke={2} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={440} miw={250} style={{ overflowY: 'auto' }} className="nowheel">
        {stepMenu.filter(({ group }) => isOpen || group !== 'finish').map(({ group, kinds }) => (
          <div key={group}>
            <Menu.Label>{t(`groups.${group}`)}</Menu.Label>
            {kinds.map(kind => <KindItem key={kind} kind={kind} onClick={() => addStep(place, kind)} />)}
          </div>
        ))}
        {targets.length > 0 && (
          <>
            <Menu.Label>{t('groups.go_on_at')}</Menu.Label>
            {targets.map(key => (
              <Menu.Item key={key} leftSection={<IconArrowForward size={16} stroke={1.6} />} onClick={() => leadTo(place, key)}>
                <Text size="sm" truncate maw={260}>{words.title(graph.steps[key]!)}{words.summary(graph.steps[key]!, graph) !== undefined && ` · ${words.summary(graph.steps[key]!, graph)}`}</Text>
              </Menu.Item>
            ))}
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}

function KindItem({ kind, onClick }: { kind: StepKind, onClick: () => void }) {
  const { t } = useTranslation('journeys')
  const { icon: StepIcon, color } = stepLook[kind]
  return <Menu.Item leftSection={<StepIcon size={17} stroke={1.7} color={`var(--mantine-color-${color}-${color === 'gray' ? 6 : 5})`} />} onClick={onClick}>{t(`kinds.${kind}`)}</Menu.Item>
}
