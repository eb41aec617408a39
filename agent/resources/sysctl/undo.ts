import * as v from 'valibot'
import type { Undo } from '../undo.ts'
import { readLiveValue } from './read.ts'

/** null where this kernel has no such key. */
const schema = v.nullable(v.string())

/** Live values, by path below /proc/sys. */
export const sysctlUndo: Undo = {
  snapshot: (path, system) => readLiveValue(path, system),

  async restore(path, before, system) {
    const was = v.parse(schema, before)
    const now = await readLiveValue(path, system)
    if (was !== null && now !== null && now !== was) {
      await system.writeKernel(`/proc/sys/${path}`, was)
    }
  },

  script(path, before) {
    const was = v.parse(schema, before)
    return was === null ? '' : `printf '%s\\n' '${quote(was)}' >'/proc/sys/${quote(path)}'\n`
  },
}

function quote(text: string): string {
  return text.replaceAll("'", "'\\''")
}
