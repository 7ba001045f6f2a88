import { useEffect, useRef, useState } from 'react'
import { Badge, Button, Group, Modal, SegmentedControl, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue, useElementSize } from '@mantine/hooks'
import { IconMail, IconPlus, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import type { MailLocale, TemplateSummary } from '../../shared/templates.ts'
import { api, withQuery } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'
import { CreateTemplate } from './create-template.tsx'
import { MailFrame } from './mail-frame.tsx'
import classes from './templates.module.css'

export function Page() {
  const { t } = useTranslation('templates')
  const may = useMay('marketing')
  const navigate = useNavigate()
  const [search, setSearch] = useState('')
  const [archived, setArchived] = useState(false)
  const [creating, setCreating] = useState(false)
  const [looked] = useDebouncedValue(search, 200)
  const list = useList<TemplateSummary>(withQuery('/templates', { search: looked, archived, limit: 24 }))
  const create = <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>{t('create')}</Button>
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={<><Button variant="default" component={Link} to="/templates/files">{t('all_files.open')}</Button>{may && create}</>} />
      <Group mb="md" gap="sm">
        <TextInput leftSection={<IconSearch size={16} />} placeholder={t('search')} aria-label={t('search')} value={search} onChange={event => setSearch(event.currentTarget.value)} w={{ base: '100%', xs: 280 }} />
        <SegmentedControl size="xs" aria-label={t('which')} value={String(archived)} onChange={value => setArchived(value === 'true')} data={[{ value: 'false', label: t('in_use') }, { value: 'true', label: t('archive') }]} />
      </Group>
      {list.isError && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && list.rows.length === 0 && (looked !== '' || archived
        ? <EmptyState icon={IconMail} title={t('none_found')} />
        : <EmptyState icon={IconMail} title={t('none')} text={t('none_text')} action={may ? create : undefined} />)}
      <div className={classes.grid}>
        {list.isPending && [0, 1, 2, 3].map(index => <Skeleton key={index} h={310} radius="lg" />)}
        {list.rows.map(template => <TemplateCard key={template.id} template={template} />)}
      </div>
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      <Modal opened={creating} onClose={() => setCreating(false)} title={<Text fw={600}>{t('create')}</Text>}>
        {creating && <CreateTemplate templates={list.rows} onMade={made => void navigate(`/templates/${made.id}`)} />}
      </Modal>
    </>
  )
}

function TemplateCard({ template }: { template: TemplateSummary }) {
  const { t } = useTranslation('templates')
  const box = useRef<HTMLAnchorElement>(null)
  const [seen, setSeen] = useState(false)
  // Drawn when it comes into sight: a page of twenty mails is a lot of HTML.
  useEffect(() => {
    if (box.current === null) return
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(entry => entry.isIntersecting)) setSeen(true)
    }, { rootMargin: '200px' })
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [])
  const picture = useQuery({
    queryKey: ['template-picture', template.version_id], enabled: seen, staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => api.get<{ locale: MailLocale, subject: string, html: string }>(`/templates/${template.id}/preview`),
  }).data
  return (
    <Link to={`/templates/${template.id}`} className={classes.card} ref={box}>
      <Thumbnail html={picture?.html} name={template.name} />
      <Stack gap={6} className={classes.cardText ?? ''}>
        <Text fw={600} size="sm" lineClamp={1}>{template.name}</Text>
        <Text size="xs" c="dimmed" lineClamp={1}>{(picture?.subject ?? template.subject) || t('no_subject')}</Text>
        <Group gap={6} justify="space-between" wrap="nowrap">
          <Group gap={4} wrap="nowrap" style={{ flex: 'none' }}>
            {template.locales.map(locale => <Badge key={locale} size="sm" color="gray" style={{ flex: 'none' }}>{locale.toUpperCase()}</Badge>)}
            {template.system_key !== null && <Badge size="sm" color="amber" style={{ flex: 'none' }}>{t('system')}</Badge>}
            {template.kind === 'transactional' && template.system_key === null && <Badge size="sm" style={{ flex: 'none' }}>{t('kind.transactional')}</Badge>}
          </Group>
          <Text size="xs" c="dimmed" truncate><TimeAgo time={template.updated_at} /></Text>
        </Group>
      </Stack>
    </Link>
  )
}

function Thumbnail({ html, name }: { html: string | undefined, name: string }) {
  const { ref, width } = useElementSize()
  return (
    <div className={classes.thumbnail} aria-hidden inert>
      <div ref={ref}>
        {html !== undefined && width > 0
          ? <div style={{ transform: `scale(${width / 620})`, transformOrigin: '0 0' }}><MailFrame html={html} title={name} width={620} height={1000} /></div>
          : <Skeleton h={230} radius={0} />}
      </div>
    </div>
  )
}
