import { Alert, Group, Stack, Text } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { SendingTestResult } from '../../shared/delivery.ts'

/** How far the conversation with the server came, and what to do where it ended. */
export function TestResult({ result }: { result: SendingTestResult }) {
  const { t } = useTranslation('delivery')
  return (
    <Alert color={result.ok ? 'pine' : 'red'} variant="light" title={t(result.ok ? 'test_good' : 'test_bad')} role="status">
      <Stack gap="xs">
        <Group gap="md">
          {result.steps.map(({ step, ok }) => (
            <Group key={step} gap={4} wrap="nowrap">
              <Text c={ok ? 'pine' : 'red'} lh={1} span>{ok ? <IconCheck size={15} aria-label={t('step_good')} /> : <IconX size={15} aria-label={t('step_bad')} />}</Text>
              <Text size="sm" span>{t(`steps.${step}`)}</Text>
            </Group>
          ))}
        </Group>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{result.message}</Text>
        {result.advice && <Text size="sm" fw={500}>{result.advice}</Text>}
      </Stack>
    </Alert>
  )
}
