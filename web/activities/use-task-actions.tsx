import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ChangedTasks, Task, TaskPatch } from '../../shared/activities.ts'
import { api } from '../app/api.ts'
import { notifyError } from '../ui/notify.ts'
import { notifyUndo } from '../ui/notify-undo.tsx'

/** The most tasks that are changed at once. */
export const mostAtOnce = 500

export function useRefreshTasks(): () => Promise<unknown> {
  const client = useQueryClient()
  return () => Promise.all([['list'], ['tasks'], ['contact']].map(queryKey => client.invalidateQueries({ queryKey })))
}

export type TaskActions = { change: (tasks: Task[], patch: TaskPatch, words: string) => void, finish: (tasks: Task[]) => void, isPending: boolean }

/** Changes of one task or many, each told with a button that takes it back. */
export function useTaskActions(onFinished?: (task: Task) => void): TaskActions {
  const { t } = useTranslation('activities')
  const refresh = useRefreshTasks()
  const save = useMutation({
    mutationFn: ({ tasks }: { tasks: (TaskPatch & { id: number })[], words?: string }) => api.post<ChangedTasks>('/tasks/changes', { tasks }),
    onSuccess: ({ before }, { words }) => {
      if (words !== undefined) notifyUndo(words, t('undo'), () => save.mutate({ tasks: before }))
      return refresh()
    },
    onError: notifyError,
  })
  const change = (tasks: Task[], patch: TaskPatch, words: string) => {
    if (tasks.length > 0) save.mutate({ tasks: tasks.slice(0, mostAtOnce).map(task => ({ id: task.id, ...patch })), words })
  }
  return {
    change,
    finish: (tasks) => {
      const [only] = tasks
      change(tasks, { done: true }, tasks.length === 1 ? t('finished', { title: only!.title }) : t('finished_many', { count: tasks.length }))
      if (tasks.length === 1) onFinished?.(only!)
    },
    isPending: save.isPending,
  }
}
