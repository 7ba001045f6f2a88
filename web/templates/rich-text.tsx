import { useEffect, useRef, useState } from 'react'
import { ActionIcon, Box, Button, Group, Popover, TextInput, Tooltip } from '@mantine/core'
import { IconBold, IconClearFormatting, IconItalic, IconLink, IconList, IconListNumbers, IconUnderline, IconUnlink } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { MailLocale } from '../../shared/templates.ts'
import { InsertField } from './insert-field.tsx'
import classes from './templates.module.css'

type Props = { value: string, onChange: (html: string) => void, locale: MailLocale, label: string }

const commands = [
  ['bold', IconBold], ['italic', IconItalic], ['underline', IconUnderline], ['insertUnorderedList', IconList], ['insertOrderedList', IconListNumbers], ['removeFormat', IconClearFormatting],
] as const

/** Text with what mails can show: bold, italic, lists, links. The server sanitises it; Liquid stays as typed. */
export function RichText({ value, onChange, locale, label }: Props) {
  const { t } = useTranslation('templates')
  const ref = useRef<HTMLDivElement>(null)
  const range = useRef<Range | null>(null)
  const [linkUrl, setLinkUrl] = useState<string | null>(null)

  // The element owns what is typed; it is only written to when the value comes from elsewhere (undo, another block).
  useEffect(() => {
    const element = ref.current
    if (element && element.innerHTML !== value) element.innerHTML = value
  }, [value])

  const report = () => {
    const html = ref.current?.innerHTML ?? ''
    if (html !== value) onChange(html)
  }
  const run = (command: string, argument?: string) => {
    ref.current?.focus()
    document.execCommand('defaultParagraphSeparator', false, 'p')
    document.execCommand('styleWithCSS', false, 'false')
    document.execCommand(command, false, argument)
    report()
  }
  const remember = () => {
    const selection = window.getSelection()
    range.current = selection !== null && selection.rangeCount > 0 && ref.current?.contains(selection.anchorNode) ? selection.getRangeAt(0).cloneRange() : null
  }
  const bringBack = () => {
    ref.current?.focus()
    const selection = window.getSelection()
    if (!selection) return
    if (range.current === null) {
      selection.selectAllChildren(ref.current!)
      selection.collapseToEnd()
    } else {
      selection.removeAllRanges()
      selection.addRange(range.current)
    }
  }
  const link = () => {
    bringBack()
    const url = (linkUrl ?? '').trim()
    setLinkUrl(null)
    if (url === '') return
    const selection = window.getSelection()
    if (selection?.isCollapsed) run('insertHTML', `<a href="${escape(url)}">${escape(url)}</a>`)
    else run('createLink', url)
  }

  return (
    <Box className={classes.rich ?? ''}>
      <Group gap={2} className={classes.toolbar ?? ''} role="toolbar" aria-label={t('text.toolbar')}>
        {commands.map(([command, Icon]) => (
          <Tooltip key={command} label={t(`text.${command}`)}>
            <ActionIcon variant="subtle" color="gray" aria-label={t(`text.${command}`)} onMouseDown={event => event.preventDefault()} onClick={() => run(command)}><Icon size={17} stroke={1.7} /></ActionIcon>
          </Tooltip>
        ))}
        <Popover opened={linkUrl !== null} onChange={opened => !opened && setLinkUrl(null)} trapFocus withArrow shadow="md" width={320}>
          <Popover.Target>
            <Tooltip label={t('text.link')}>
              <ActionIcon
                variant="subtle" color="gray" aria-label={t('text.link')} onMouseDown={event => event.preventDefault()}
                onClick={() => {
                  remember()
                  setLinkUrl(range.current === null ? 'https://' : closestLink(range.current)?.getAttribute('href') ?? 'https://')
                }}
              >
                <IconLink size={17} stroke={1.7} />
              </ActionIcon>
            </Tooltip>
          </Popover.Target>
          <Popover.Dropdown>
            <form onSubmit={(event) => {
              event.preventDefault()
              event.stopPropagation()
              link()
            }}
            >
              <Group gap="xs" wrap="nowrap" align="flex-end">
                <TextInput flex={1} size="xs" label={t('address')} value={linkUrl ?? ''} onChange={event => setLinkUrl(event.currentTarget.value)} data-autofocus />
                <Button size="xs" type="submit">{t('text.apply')}</Button>
              </Group>
            </form>
          </Popover.Dropdown>
        </Popover>
        <Tooltip label={t('text.unlink')}>
          <ActionIcon variant="subtle" color="gray" aria-label={t('text.unlink')} onMouseDown={event => event.preventDefault()} onClick={() => run('unlink')}><IconUnlink size={17} stroke={1.7} /></ActionIcon>
        </Tooltip>
        <Box ml="auto"><InsertField
          locale={locale} onInsert={(text) => {
            bringBack()
            run('insertText', text)
          }}
        />
        </Box>
      </Group>
      <div
        ref={ref} className={classes.editable} contentEditable role="textbox" aria-multiline aria-label={label} tabIndex={0} suppressContentEditableWarning
        onInput={report} onBlur={() => {
          remember()
          report()
        }}
        onPaste={(event) => {
          // Formats of other programs look wrong in mails: the plain text comes in, paragraphs kept.
          event.preventDefault()
          const text = event.clipboardData.getData('text/plain')
          const paragraphs = text.split(/\r?\n\s*\r?\n/).map(part => escape(part).replace(/\r?\n/g, '<br>'))
          run('insertHTML', paragraphs.length > 1 ? paragraphs.map(part => `<p>${part}</p>`).join('') : paragraphs[0] ?? '')
        }}
      />
    </Box>
  )
}

function closestLink(range: Range): Element | null {
  const node = range.startContainer
  return (node instanceof Element ? node : node.parentElement)?.closest('a') ?? null
}

const escape = (text: string): string => text.replace(/[&<>"]/g, character => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character]!)
