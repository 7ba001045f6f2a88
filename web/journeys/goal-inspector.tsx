import { ActionIcon } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { ConditionBuilder } from '../conditions/condition-builder.tsx'
import { useEditor } from './editor.ts'
import { changeGoal, removeGoal } from './graph.ts'
import type { Goal } from './graph.ts'
import { Frame } from './inspector-frame.tsx'
import { goalPlace } from './ways.ts'
import { WaySelect } from './way-select.tsx'
import { TypedInput } from './typed-input.tsx'

/** A goal: its name, when it is reached, and what happens then. */
export function GoalInspector({ goal }: { goal: Goal }) {
  const { t } = useTranslation('journeys')
  const { edit, select, readOnly, problems, graph } = useEditor()
  const path = `goals[${(graph.goals ?? []).findIndex(one => one.key === goal.key)}]`
  return (
    <Frame
      title={t('goal')} problems={problems.filter(problem => problem.step === null && (problem.field.startsWith(path) || problem.field.startsWith(`goals.${goal.key}`)))}
      actions={!readOnly && <ActionIcon variant="subtle" color="gray" aria-label={t('remove_goal')} title={t('remove_goal')} onClick={() => { edit(now => removeGoal(now, goal.key)); select({ kind: 'trigger' }) }}><IconTrash size={17} stroke={1.7} /></ActionIcon>}
    >
      <TypedInput label={t('name')} disabled={readOnly} maxLength={120} value={goal.name} error={goal.name.trim() === '' ? t('goal_needs_name') : undefined} onType={name => edit(now => changeGoal(now, goal.key, { name }), `goal name ${goal.key}`)} />
      <ConditionBuilder
        value={goal.condition} disabled={readOnly} path={`${path}.condition`} errors={problems.filter(problem => problem.code === 'bad_condition' && (problem.field.startsWith(`${path}.condition`) || problem.field.startsWith(`goals.${goal.key}.condition`)))}
        onChange={condition => edit(now => changeGoal(now, goal.key, { condition }), `goal condition ${goal.key}`)}
      />
      <WaySelect label={t('goal_reached')} place={goalPlace(goal.key)} to={goal.to} />
    </Frame>
  )
}
