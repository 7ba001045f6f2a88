import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { InboundSettings } from '../../shared/inbound.ts'
import { api } from '../app/api.ts'
import { errorsByField } from '../ui/error-words.ts'
import { notifyDone } from '../ui/notify.ts'
import { inboundKey } from './inbound-key.ts'

/** A form over a part of the settings of incoming mail, and its saving. */
export function useSettingsForm<Values extends Partial<InboundSettings>>(settings: InboundSettings, partOf: (settings: InboundSettings) => Values) {
  const { t } = useTranslation('app')
  const client = useQueryClient()
  const form = useForm<Values>({ initialValues: partOf(settings) })
  const save = useMutation({
    mutationFn: () => api.put<InboundSettings>('/incoming-mail', form.values),
    onSuccess: (saved) => {
      client.setQueryData(inboundKey, saved)
      form.setValues(partOf(saved))
      form.resetDirty(partOf(saved))
      notifyDone(t('saved'))
    },
    onError: error => form.setErrors(errorsByField(error)),
  })
  return { form, save }
}
