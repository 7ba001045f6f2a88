import { useEffect, useState } from 'react'
import { Anchor, Checkbox, NumberInput, Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Campaign } from '../../shared/campaigns.ts'
import type { SendingRulesView } from '../../shared/sending-rules.ts'
import { api } from '../app/api.ts'
import type { ChangeCampaign } from './campaign-page.tsx'
import { StagesField } from './stages-field.tsx'

/** How fast, and which of the company's rules the campaign is exempt from. May be changed while it is being sent. */
export function PacePanel({ campaign, disabled, onChange }: { campaign: Campaign, disabled: boolean, onChange: ChangeCampaign }) {
  const { t } = useTranslation('campaigns')
  const rules = useQuery({ queryKey: ['sending-rules'], queryFn: ({ signal }) => api.get<SendingRulesView>('/sending-rules', { signal }) })
  const [typed, setTyped] = useState<number | string>(campaign.pace_per_hour ?? '')
  useEffect(() => setTyped(campaign.pace_per_hour ?? ''), [campaign.pace_per_hour])
  const save = () => {
    const pace = typed === '' ? null : Number(typed)
    if (pace !== campaign.pace_per_hour) onChange({ pace_per_hour: pace })
  }
  const exemptions = [
    ...(rules.data && rules.data.caps.length > 0 ? ['ignores_caps' as const] : []),
    ...(rules.data?.quiet_hours ? ['ignores_quiet_hours' as const] : []),
    ...(rules.data?.best_hour ? ['ignores_best_hour' as const] : []),
  ]
  return (
    <Paper>
      <Stack gap="sm">
        <Title order={2} size="h3">{t('pace')}</Title>
        <NumberInput label={t('pace_per_hour')} maw={320} placeholder={t('pace_free')} min={1} max={100_000_000} allowDecimal={false} hideControls disabled={disabled} value={typed} onChange={setTyped} onBlur={save} />
        {(campaign.state === 'draft' || campaign.state === 'scheduled') && <StagesField campaign={campaign} disabled={disabled || campaign.state !== 'draft'} onChange={onChange} />}
        {exemptions.map(name => <Checkbox key={name} disabled={disabled} label={t(name)} checked={campaign[name]} onChange={event => onChange({ [name]: event.currentTarget.checked })} />)}
        <Text size="sm" c="dimmed">{t('pace_text')} <Anchor component={Link} size="sm" to="/settings/sending-rules">{t('open_rules')}</Anchor></Text>
      </Stack>
    </Paper>
  )
}
