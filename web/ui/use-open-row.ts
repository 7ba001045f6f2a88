import { useNavigate } from 'react-router'

/** A row opens its page, unless a link or button inside it was meant; with Ctrl or the middle button in a new tab. */
export function useOpenRow<Row>(rowTo: ((row: Row) => string) | undefined, onRow: ((row: Row) => void) | undefined) {
  const navigate = useNavigate()
  return (row: Row, event?: React.MouseEvent | React.KeyboardEvent) => {
    if (event?.target instanceof Element && event.target !== event.currentTarget && event.target.closest('a, button, input, textarea, label, [role="menu"], [role="option"], [role="dialog"], [data-cell-editor]') !== null) return
    if (onRow !== undefined) return onRow(row)
    if (rowTo === undefined) return
    if (event?.type === 'auxclick' && 'button' in event && event.button !== 1) return
    if (event?.ctrlKey === true || event?.metaKey === true || event?.type === 'auxclick') window.open(rowTo(row), '_blank', 'noopener')
    else void navigate(rowTo(row))
  }
}
