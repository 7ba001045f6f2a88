import { startTransition, useEffect, useRef, useState } from 'react'
import { Textarea, TextInput } from '@mantine/core'
import type { TextareaProps, TextInputProps } from '@mantine/core'

/**
 * Text that shows each letter at once, and lets the journey follow when there is time: a large one takes longer to be
 * looked through and drawn than a hand to type.
 */
function useTyped(value: string, onType: (value: string) => void): { value: string, onChange: (event: { currentTarget: { value: string } }) => void } {
  const [shown, setShown] = useState(value)
  // What was typed and has not come back yet; anything else that comes was changed elsewhere, by "undo" for one.
  const onItsWay = useRef<string[]>([])
  useEffect(() => {
    const index = onItsWay.current.indexOf(value)
    if (index === -1) setShown(value)
    else onItsWay.current.splice(0, index + 1)
  }, [value])
  return {
    value: shown,
    onChange: ({ currentTarget: { value: typed } }) => {
      setShown(typed)
      onItsWay.current.push(typed)
      startTransition(() => onType(typed))
    },
  }
}

type Typed = { value: string, onType: (value: string) => void }

export function TypedInput({ value, onType, ...props }: Typed & Omit<TextInputProps, 'value' | 'onChange'>) {
  return <TextInput {...props} {...useTyped(value, onType)} />
}

export function TypedTextarea({ value, onType, ...props }: Typed & Omit<TextareaProps, 'value' | 'onChange'>) {
  return <Textarea {...props} {...useTyped(value, onType)} />
}

/** The bare one, for where the look is not a form's. */
export function PlainTypedTextarea({ value, onType, ...props }: Typed & { className: string, maxLength: number, 'aria-label': string }) {
  return <textarea {...props} {...useTyped(value, onType)} />
}
