import { useState } from 'react'
import { Alert, Button, FileButton, Group, List, Paper, Stack, Text, Textarea, Title } from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { CouponCodesResult } from '../../shared/coupons.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useRefreshPools } from './use-pool.ts'

/** Codes of a list, pasted or out of a file; what was left out is said. */
export function AddCodes({ poolId }: { poolId: number }) {
  const { t } = useTranslation('coupons')
  const refresh = useRefreshPools()
  const [text, setText] = useState('')
  const add = useMutation({
    mutationFn: (codes: string) => api.post<CouponCodesResult>(`/coupon-pools/${poolId}/codes`, { text: codes }),
    onSuccess: () => {
      setText('')
      refresh()
    },
  })
  return (
    <Paper component="section" p="md" aria-label={t('codes.title')}>
      <Stack gap="sm">
        <Title order={3}>{t('codes.title')}</Title>
        <Textarea label={t('codes.label')} description={t('codes.hint')} autosize minRows={4} maxRows={10} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }} value={text} onChange={event => setText(event.currentTarget.value)} />
        <Group gap="xs">
          <Button loading={add.isPending} disabled={text.trim() === ''} onClick={() => add.mutate(text)}>{t('codes.add')}</Button>
          <FileButton accept=".csv,.txt,text/plain,text/csv" onChange={file => file !== null && void file.text().then(content => add.mutate(content))}>
            {props => <Button {...props} variant="default" leftSection={<IconUpload size={16} />}>{t('codes.upload')}</Button>}
          </FileButton>
        </Group>
        <ErrorNotice error={add.error} />
        {add.data !== undefined && <Result result={add.data} />}
      </Stack>
    </Paper>
  )
}

function Result({ result }: { result: CouponCodesResult }) {
  const { t } = useTranslation('coupons')
  const left = [...result.duplicate_examples.map(code => ({ key: `d ${code}`, text: code })), ...result.refused_examples.map(each => ({ key: `r ${each.line}`, text: t('codes.refused_line', { line: each.line, code: each.code }) }))]
  return (
    <Alert color={result.added > 0 ? 'pine' : 'amber'} variant="light" role="status">
      <Text size="sm" fw={500}>{t('codes.added', { count: result.added })}</Text>
      {result.duplicates > 0 && <Text size="sm">{t('codes.duplicates', { count: result.duplicates })}</Text>}
      {result.refused > 0 && <Text size="sm">{t('codes.refused', { count: result.refused })}</Text>}
      {left.length > 0 && <List size="xs" mt={4}>{left.slice(0, 20).map(each => <List.Item key={each.key}>{each.text}</List.Item>)}</List>}
    </Alert>
  )
}
