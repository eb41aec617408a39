/** Which configuration runs: asked while one worker takes the place of the other. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { awaitFingerprint, readWorker } from '../../../agent/resources/service/fingerprint.ts'
import { fakeSystem } from '../../fake-system.ts'

const fingerprint = { file: '/a.cfg', socket: '/a.sock' }
const files = { '/a.cfg': 'global\nsetenv EVENKEEL_FINGERPRINT new\n' }

/** The old worker, pid 1, answers so many questions; then the new one, pid 2, does. */
function replacedAfter(questions: number, running: string): Parameters<typeof awaitFingerprint>[2] {
  let asked = 0
  return {
    ...fakeSystem({ files }),
    ask: async (_socket, line) => {
      const isOld = asked++ < questions
      if (line === 'show info') return `Pid: ${isOld ? 1 : 2}\n`
      return `EVENKEEL_FINGERPRINT=${isOld ? 'old' : running}\n`
    },
  }
}

test('whenever the new worker takes over: what is seen last is its own word', async () => {
  for (const running of ['new', 'other']) {
    for (let questions = 0; questions < 6; questions++) {
      const system = replacedAfter(questions, running)
      const isFinal = async (): Promise<boolean> => (await readWorker(fingerprint, system)) !== 1
      const seen = await awaitFingerprint(fingerprint, 10_000, system, isFinal)
      assert.is(seen.running, running, `after ${questions} questions`)
    }
  }
})

test.run()
