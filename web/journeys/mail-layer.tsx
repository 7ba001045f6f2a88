import { useEffect } from 'react'
import { Button, Modal, Skeleton, Stack, Title } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { TemplateDetail } from '../../shared/templates.ts'
import { api } from '../app/api.ts'
import { CreateTemplate } from '../templates/create-template.tsx'
import { TemplateEditor } from '../templates/template-page.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useEditor } from './editor.ts'

/** The editor of a step's mail above the journey, which stays as it is below; without a mail one is made first. */
export function MailLayer({ stepKey, onClose }: { stepKey: string | null, onClose: () => void }) {
  const { graph } = useEditor()
  const step = stepKey === null ? undefined : graph.steps[stepKey]
  return (
    <Modal opened={step?.kind === 'mail'} onClose={onClose} fullScreen withCloseButton={false} closeOnEscape={false} transitionProps={{ duration: 0 }} styles={{ body: { maxWidth: 1500, margin: '0 auto' } }}>
      {stepKey !== null && step?.kind === 'mail' && (step.template_id === null ? <NewMail stepKey={stepKey} onClose={onClose} /> : <EditMail template={step.template_id} onClose={onClose} />)}
    </Modal>
  )
}

/** While it is open the tab is called by the mail; afterwards by the journey again. */
function useTitleBack() {
  useEffect(() => {
    const before = document.title
    return () => { document.title = before }
  }, [])
}

function EditMail({ template, onClose }: { template: number, onClose: () => void }) {
  const { t } = useTranslation('journeys')
  const client = useQueryClient()
  useTitleBack()
  const found = useQuery({ queryKey: ['template', String(template)], queryFn: () => api.get<TemplateDetail>(`/templates/${template}`), refetchOnWindowFocus: false })
  const close = () => {
    void client.invalidateQueries({ queryKey: ['lookup', 'templates'] })
    void client.invalidateQueries({ queryKey: ['template-glimpse', template] })
    onClose()
  }
  const back = { label: t('back_to_journey'), go: close }
  if (found.data) return <TemplateEditor key={found.data.id} template={found.data} back={back} />
  return (
    <Stack>
      <Button variant="subtle" color="gray" size="compact-sm" w="fit-content" leftSection={<IconArrowLeft size={15} />} onClick={close}>{back.label}</Button>
      {found.isError ? <ErrorNotice error={found.error} retry={() => void found.refetch()} /> : <Skeleton h={480} />}
    </Stack>
  )
}

function NewMail({ stepKey, onClose }: { stepKey: string, onClose: () => void }) {
  const { t } = useTranslation('journeys')
  const { lookups, changeStep } = useEditor()
  const client = useQueryClient()
  return (
    <Stack maw={520} mx="auto">
      <Button variant="subtle" color="gray" size="compact-sm" w="fit-content" leftSection={<IconArrowLeft size={15} />} onClick={onClose}>{t('back_to_journey')}</Button>
      <Title order={2}>{t('new_mail')}</Title>
      <CreateTemplate
        templates={lookups.templates.map(({ value, label }) => ({ id: Number(value), name: label }))}
        onMade={(made) => {
          client.setQueryData(['template', String(made.id)], made)
          void client.invalidateQueries({ queryKey: ['lookup', 'templates'] })
          changeStep(stepKey, { template_id: made.id })
        }}
      />
    </Stack>
  )
}
