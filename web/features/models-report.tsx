import type { ReactNode } from 'react'
import { Anchor, Code, Group, Paper, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { rfmClasses } from '../../shared/conditions.ts'
import type { FeatureResult, FeaturesState } from '../../shared/features.ts'
import { useFormat } from '../ui/format.ts'
import { useClassName } from './class-name.ts'
import { useReasonWords } from './reason-words.ts'

/** The models as fitted last: classes with their people, parameters, and what was predicted against what came. */
export function ModelsReport({ state, result }: { state: FeaturesState, result: FeatureResult }) {
  return (
    <>
      <Classes result={result} />
      <Predictions state={state} result={result} />
    </>
  )
}

function Section({ title, text, children }: { title: string, text: string, children: ReactNode }) {
  return (
    <Paper component="section" aria-label={title}>
      <Stack gap="sm">
        <Stack gap={2}>
          <Title order={2}>{title}</Title>
          <Text size="sm" c="dimmed">{text}</Text>
        </Stack>
        {children}
      </Stack>
    </Paper>
  )
}

function Classes({ result: { rfm } }: { result: FeatureResult }) {
  const { t } = useTranslation('features')
  const format = useFormat()
  const words = useReasonWords()
  const className = useClassName()
  return (
    <Section title={t('rfm.title')} text={t('rfm.text')}>
      {rfm.cuts === null
        ? <Text size="sm">{words('few_customers', true)} {t('rfm.found', { count: rfm.customers })}</Text>
        : (
            <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }} spacing={40} verticalSpacing={4}>
              {rfmClasses.map(name => (
                <Group key={name} justify="space-between" wrap="nowrap" gap="xs">
                  <Text size="sm">{className(name)}</Text>
                  <Anchor component={Link} size="sm" to={`/contacts?filter=${encodeURIComponent(JSON.stringify([{ field: 'rfm_class', operator: 'is', value: name }]))}`}>{format.number(rfm.classes[name] ?? 0)}</Anchor>
                </Group>
              ))}
            </SimpleGrid>
          )}
    </Section>
  )
}

function Predictions({ state, result: { purchases, amounts, check } }: { state: FeaturesState, result: FeatureResult }) {
  const { t, i18n } = useTranslation('features')
  const format = useFormat()
  const words = useReasonWords()
  const digits = new Intl.NumberFormat(i18n.language, { maximumSignificantDigits: 4 })
  const figure = (value: number): string => digits.format(value)
  return (
    <Section title={t('models.title')} text={t('models.text')}>
      <Text size="sm">{t('models.data', { customers: format.number(purchases.customers), repeat: format.number(purchases.repeat_customers), weeks: format.number(Math.round(purchases.weeks)) })}</Text>
      {purchases.reason !== null && <Text size="sm" fw={500}>{words(purchases.reason)}</Text>}
      {purchases.parameters !== null && (
        <Table>
          <Table.Tbody>
            <Table.Tr><Table.Td>{t('models.purchases')}</Table.Td><Table.Td><Code>{`r = ${figure(purchases.parameters.r)}  α = ${figure(purchases.parameters.alpha)}  a = ${figure(purchases.parameters.a)}  b = ${figure(purchases.parameters.b)}`}</Code></Table.Td></Table.Tr>
            <Table.Tr>
              <Table.Td>{t('models.amounts')}</Table.Td>
              <Table.Td>{amounts.parameters === null
                ? words(amounts.reason)
                : <><Code>{`p = ${figure(amounts.parameters.p)}  q = ${figure(amounts.parameters.q)}  γ = ${figure(amounts.parameters.v)}`}</Code>{amounts.mean !== null && <Text size="xs" c="dimmed" mt={4}>{t('models.mean', { amount: format.money(amounts.mean, state.currency) })}</Text>}</>}
              </Table.Td>
            </Table.Tr>
          </Table.Tbody>
        </Table>
      )}
      {purchases.parameters !== null && check === null && <Text size="sm" c="dimmed">{t('models.no_check')}</Text>}
      {check !== null && <Check check={check} />}
    </Section>
  )
}

function Check({ check }: { check: NonNullable<FeatureResult['check']> }) {
  const { t } = useTranslation('features')
  const format = useFormat()
  const whole = (value: number): string => format.number(Math.round(value))
  const last = check.by_purchases.at(-1)?.repeats
  return (
    <Stack gap={6}>
      <Title order={3}>{t('check.title')}</Title>
      <Text size="sm">{t('check.text', { date: format.day(check.from), predicted: whole(check.predicted), actual: whole(check.actual) })}</Text>
      <Table horizontalSpacing={6}>
        <Table.Thead><Table.Tr><Table.Th>{t('check.repeats')}</Table.Th><Table.Th ta="right">{t('check.customers')}</Table.Th><Table.Th ta="right">{t('check.predicted')}</Table.Th><Table.Th ta="right">{t('check.actual')}</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {check.by_purchases.map(line => (
            <Table.Tr key={line.repeats}>
              <Table.Td>{line.repeats === last && last >= 7 ? t('check.or_more', { number: line.repeats }) : line.repeats}</Table.Td>
              <Table.Td ta="right">{format.number(line.customers)}</Table.Td><Table.Td ta="right">{whole(line.predicted)}</Table.Td><Table.Td ta="right">{format.number(line.actual)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  )
}
