/** Handlers of the built-in roles, as the hosts of the sample have them. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { service } from '../../agent/resources/service/service.ts'
import type { ServiceSpec } from '../../agent/resources/service/spec.ts'
import type { Resource } from '../../agent/roles/resource.ts'
import { sampleDesired } from './sample-files.ts'

const services = (resources: readonly Resource[]): readonly ServiceSpec[] =>
  resources.filter(({ kind }) => kind === service).map(({ spec }) => spec as ServiceSpec)

test('who reloads or restarts a service waits for the same proof as who starts it', async () => {
  let proven = 0
  for (const [host, { resources, handlers }] of await sampleDesired('master-master')) {
    const tasks = new Map(services(resources).map((spec) => [spec.unit, spec]))
    for (const { unit, state, fingerprint } of services(handlers)) {
      assert.equal(fingerprint, tasks.get(unit)?.fingerprint ?? null, `${host}: ${unit} ${state}`)
      if (fingerprint !== null) proven += 1
    }
  }
  assert.is(proven, 4, 'two handlers of haproxy on either load balancer')
})

test.run()
