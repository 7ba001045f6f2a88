import { useMutation } from '@tanstack/react-query'
import type { KeptFile } from '../../shared/notes.ts'
import { api } from '../app/api.ts'
import { addressOf } from './address.ts'
import type { NotesOf } from './address.ts'

export function useUploadFile(of: NotesOf, onDone: (file: KeptFile) => void) {
  return useMutation({
    mutationFn: (file: File) => {
      const form = new FormData()
      form.append('file', file)
      return api.post<KeptFile>(`${addressOf(of)}/files`, form)
    },
    onSuccess: onDone,
  })
}
