import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  findReplacedFiles,
  readReplacedFiles,
  sayReplacedFiles,
} from '../../agent/system/replaced-files.ts'

test('programs and libraries without a file, and no other mapping', () => {
  const maps = `
55f0-55f1 r--p 00000000 00:27 159                    /usr/sbin/haproxy (deleted)
55f1-55f2 r-xp 0004f000 00:27 159                    /usr/sbin/haproxy (deleted)
55f2-55f3 r-xp 0004f000 00:27 159                    /usr/sbin/haproxy (deleted)
7f00-7f01 r-xp 00000000 00:27 160                    /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)
7f01-7f02 r-xp 00000000 00:27 161                    /usr/lib/x86_64-linux-gnu/libc.so.6
7f02-7f03 rw-s 00000000 00:01 162                    /dev/zero (deleted)
7f03-7f04 rwxp 00000000 00:01 163                    /memfd:jit (deleted)
7f04-7f05 rw-s 00000000 00:01 164                    /SYSV00000000 (deleted)
7f05-7f06 r-xp 00000000 00:01 165                    /tmp/plugin.so (deleted)
7f06-7f07 r--p 00000000 00:01 166                    /usr/share/locale/x (deleted)
7f07-7f08 r-xp 00000000 00:00 0                      [vdso]
`
  assert.equal(findReplacedFiles(maps), [
    '/usr/sbin/haproxy',
    '/usr/lib/x86_64-linux-gnu/libssl.so.3',
  ])
})

test('a process whose program was removed', async () => {
  const folder = mkdtempSync('/opt/evenkeel-test-')
  const program = join(folder, 'sleep')
  copyFileSync('/bin/sleep', program)
  const child = spawn(program, ['60'])
  try {
    await new Promise((resolve) => child.once('spawn', resolve))
    while (!readFileSync(`/proc/${child.pid}/maps`, 'utf8').includes(program)) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.equal(readReplacedFiles([child.pid ?? 0]), [])
    rmSync(program)
    assert.equal(readReplacedFiles([child.pid ?? 0]), [program])
  } finally {
    child.kill()
    rmSync(folder, { recursive: true })
  }
  assert.equal(readReplacedFiles([2 ** 30]), [], 'no such process')
})

test('the advice names the unit and some of the files', () => {
  const files = ['/usr/sbin/a', '/usr/lib/b', '/usr/lib/c', '/usr/lib/d']
  assert.is(
    sayReplacedFiles('a.service', files, false),
    'a.service still runs what an upgrade has replaced (/usr/sbin/a, /usr/lib/b, /usr/lib/c and 1 more): "systemctl restart a.service" at a quiet time puts the new files in force',
  )
  assert.match(sayReplacedFiles('a.service', files, true), '"systemctl reload a.service"')
})

test.run()
