import { Fragment, useState } from 'react'
import { Badge, Loader, Table, Text, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { DmarcAddress, DmarcSource } from '../../shared/reputation.ts'
import { api, withQuery, type Page } from '../app/api.ts'
import { useFormat } from '../ui/format.ts'

type Filter = { days: number, domain: string | undefined }

/** Who sends in our name; a row opens to its addresses. */
export function DmarcSources({ sources, filter }: { sources: DmarcSource[], filter: Filter }) {
  const { t } = useTranslation('dmarc')
  const format = useFormat()
  const [open, setOpen] = useState<string | null>(null)
  const verdict = (source: DmarcSource) => source.ours ? source.passed / source.mails >= 0.98 ? 'own_good' : 'own_bad' : source.passed / source.mails >= 0.98 ? 'passes' : 'stranger'
  const colours = { own_good: 'pine', own_bad: 'red', passes: 'gray', stranger: 'amber' }
  return (
    <Table.ScrollContainer minWidth={680}>
      <Table verticalSpacing="xs" highlightOnHover style={{ fontVariantNumeric: 'tabular-nums' }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('who')}</Table.Th><Table.Th ta="right">{t('mails')}</Table.Th><Table.Th ta="right">{t('passed')}</Table.Th><Table.Th ta="right">{t('dkim')}</Table.Th><Table.Th ta="right">{t('spf')}</Table.Th><Table.Th>{t('verdict')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sources.map(source => (
            <Fragment key={source.who}>
              <Table.Tr>
                <Table.Td>
                  <UnstyledButton onClick={() => setOpen(open === source.who ? null : source.who)} aria-expanded={open === source.who}>
                    <Text size="sm" fw={500}>{source.who === 'own' ? t('own_server') : source.who}</Text>
                    <Text size="xs" c="dimmed">{t('addresses_count', { count: source.addresses })}</Text>
                  </UnstyledButton>
                </Table.Td>
                <Table.Td ta="right">{format.number(source.mails)}</Table.Td>
                <Table.Td ta="right">{format.percent(source.passed / source.mails)}</Table.Td>
                <Table.Td ta="right">{format.percent(source.dkim / source.mails)}</Table.Td>
                <Table.Td ta="right">{format.percent(source.spf / source.mails)}</Table.Td>
                <Table.Td>
                  <Badge color={colours[verdict(source)]} variant="light">{t(`verdicts.${verdict(source)}`)}</Badge>
                  <Text size="xs" c="dimmed" mt={2}>{t(`what_to_do.${verdict(source)}`)}</Text>
                </Table.Td>
              </Table.Tr>
              {open === source.who && <Addresses who={source.who} filter={filter} />}
            </Fragment>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function Addresses({ who, filter }: { who: string, filter: Filter }) {
  const format = useFormat()
  const path = withQuery('/dmarc-reports/addresses', { ...filter, who })
  const found = useQuery({ queryKey: ['dmarc-addresses', path], queryFn: ({ signal }) => api.get<Page<DmarcAddress>>(path, { signal }) })
  if (found.isPending) return <Table.Tr><Table.Td colSpan={6}><Loader type="dots" size="sm" /></Table.Td></Table.Tr>
  return found.data?.data.map(row => (
    <Table.Tr key={row.address} bg="var(--mantine-color-default-hover)">
      <Table.Td pl="xl"><Text size="xs" ff="monospace">{row.address}</Text>{row.host && <Text size="xs" c="dimmed">{row.host}</Text>}</Table.Td>
      <Table.Td ta="right"><Text size="xs">{format.number(row.mails)}</Text></Table.Td>
      {[row.passed, row.dkim, row.spf].map((part, index) => <Table.Td key={index} ta="right"><Text size="xs">{format.percent(part / row.mails)}</Text></Table.Td>)}
      <Table.Td />
    </Table.Tr>
  ))
}
