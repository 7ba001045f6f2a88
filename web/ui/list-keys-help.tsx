import { Kbd, Modal, Table, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

const keys: [string, string[]][] = [
  ['move', ['↑ ↓', 'J K']], ['open', ['Enter']], ['edit', ['E']], ['next_cell', ['Tab']], ['toggle', ['Space']], ['range', ['Shift ↑ ↓', 'Shift J K']], ['search', ['/']], ['everything', ['Ctrl K']], ['help', ['?']],
]

/** The keys of lists, the same everywhere. */
export function ListKeysHelp({ opened, onClose }: { opened: boolean, onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={600}>{t('list.keys.title')}</Text>}>
      <Table verticalSpacing={5}>
        <Table.Tbody>
          {keys.map(([what, names]) => (
            <Table.Tr key={what}>
              <Table.Td><Text size="sm">{t(`list.keys.${what}`)}</Text></Table.Td>
              <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>{names.map(name => <Kbd key={name} ml={6}>{name}</Kbd>)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  )
}
