import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '../../agent/system/run.ts'

test('a command has the umask that scripts count on, and this process keeps its own', async () => {
  const own = process.umask(0o077)
  try {
    const [{ stdout }, other] = await Promise.all([
      run(['sh', '-c', 'umask']),
      run(['/nonexistent']).catch((error: unknown) => error),
    ])
    assert.is(stdout.trim(), '0022')
    assert.match(String(other), 'is not installed')
    assert.is(process.umask(), 0o077)
  } finally {
    process.umask(own)
  }
})

test.run()
