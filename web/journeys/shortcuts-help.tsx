import { Kbd, Table, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

const isMac = /mac|iphone|ipad/i.test(navigator.platform)
const mod = isMac ? '⌘' : 'Ctrl'
const shortcuts: [string, string[]][] = [
  ['move_focus', ['↑ ↓ ← →']], ['open_step', ['Enter']], ['add_after', ['+']], ['delete_step', ['Delete']], ['move_along', ['Alt', '↑ ↓']],
  ['select_more', ['Shift', 'Enter']], ['select_box', ['Shift']], ['select_all', [mod, 'A']], ['copy_steps', [mod, 'C']], ['cut_steps', [mod, 'X']], ['paste_steps', [mod, 'V']], ['duplicate_steps', [mod, 'D']],
  ['undo', [mod, 'Z']], ['redo', [mod, 'Shift', 'Z']], ['find', [mod, 'F']], ['close', ['Esc']], ['help', ['?']],
]

export function ShortcutsHelp() {
  const { t } = useTranslation('journeys')
  return (
    <>
      <Table verticalSpacing={5}>
        <Table.Tbody>
          {shortcuts.map(([what, keys]) => (
            <Table.Tr key={what}>
              <Table.Td><Text size="sm">{t(`shortcuts.${what}`)}</Text></Table.Td>
              <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>{keys.map((key, index) => <span key={key}>{index > 0 && ' + '}<Kbd>{key}</Kbd></span>)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" mt="sm">{t('shortcuts_hint')}</Text>
    </>
  )
}
