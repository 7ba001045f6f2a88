import { ActionIcon, CopyButton, Group, Input, Text, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import classes from './copy-field.module.css'

/** A text to take elsewhere (a key, a DNS record, a snippet), with the button that copies it. */
export function CopyField({ label, value, multiline = false }: { label?: string, value: string, multiline?: boolean }) {
  const { t } = useTranslation()
  return (
    <Input.Wrapper label={label} component="div">
      <Group wrap="nowrap" gap={6} align="flex-start" className={classes.box ?? ''}>
        <Text component={multiline ? 'pre' : 'code'} className={classes.text ?? ''} tabIndex={0}>{value}</Text>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? t('copied') : t('copy')}>
              <ActionIcon variant="subtle" color={copied ? 'pine' : 'gray'} onClick={copy} aria-label={t('copy')}>{copied ? <IconCheck size={16} /> : <IconCopy size={16} />}</ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      </Group>
    </Input.Wrapper>
  )
}
