import { command } from './command.ts'
import { cron } from './cron.ts'
import { copy, template } from './file/copy.ts'
import { file } from './file/file.ts'
import { iptables } from './iptables/iptables.ts'
import type { AnyKind } from './kind.ts'
import { lineinfile } from './lineinfile/lineinfile.ts'
import { packageKind } from './package/package.ts'
import { service } from './service/service.ts'
import { sysctl } from './sysctl/sysctl.ts'

/** Every kind by the name that tasks use. */
export const kinds: ReadonlyMap<string, AnyKind> = new Map<string, AnyKind>([
  ['package', packageKind],
  ['file', file],
  ['copy', copy],
  ['template', template],
  ['lineinfile', lineinfile],
  ['service', service],
  ['command', command],
  ['cron', cron],
  ['sysctl', sysctl],
  ['iptables', iptables],
])
