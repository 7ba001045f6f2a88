import { useEffect, useRef } from 'react'
import { Button, Center } from '@mantine/core'
import { useTranslation } from 'react-i18next'

/** Loads the next page when it is scrolled near; a button for the keyboard. */
export function LoadMore({ hasMore, loading, onMore }: { hasMore: boolean, loading: boolean, onMore: () => void }) {
  const { t } = useTranslation()
  const ref = useRef<HTMLDivElement>(null)
  const latest = useRef({ loading, onMore })
  useEffect(() => {
    latest.current = { loading, onMore }
  })
  useEffect(() => {
    const element = ref.current
    if (element === null || !hasMore) return
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(entry => entry.isIntersecting) && !latest.current.loading) latest.current.onMore()
    }, { rootMargin: '400px', scrollMargin: '400px' })
    observer.observe(element)
    return () => observer.disconnect()
    // Observed anew after every page, so that a page shorter than the window loads the next one too.
  }, [hasMore, loading])
  if (!hasMore) return null
  return <Center ref={ref} py="md"><Button variant="default" size="xs" loading={loading} onClick={onMore}>{t('load_more')}</Button></Center>
}
