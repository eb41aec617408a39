import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseInfo, parseServersState, parseStat } from '../../../agent/programs/haproxy/socket.ts'
import { readSample } from '../../health/sample.ts'

for (const [version, pid] of [
  ['2.6', 5504],
  ['3.0', 5691],
] as const) {
  test(`haproxy ${version} tells about itself`, () => {
    const info = parseInfo(readSample(`haproxy-${version}-show-info.txt`))
    assert.ok(info)
    assert.ok(info.version.startsWith(version), info.version)
    assert.is(info.pid, pid)
    assert.is(info.isStopping, false)
    assert.is(info.maxConnections, 8000)
    assert.ok(info.uptimeSeconds > 0)
  })

  test(`haproxy ${version} lists its servers`, () => {
    const servers = parseStat(readSample(`haproxy-${version}-show-stat.txt`))
    assert.equal(
      servers?.map(({ backend, server, status, checkStatus }) => [
        backend,
        server,
        status,
        checkStatus,
      ]),
      [
        ['web-server', 'web1', 'UP', 'L7OK'],
        ['web-server', 'web2', 'DOWN', 'L4TOUT'],
      ],
    )
    const [web1, web2] = servers ?? []
    assert.is(web1?.checkText, 'Layer7 check passed 200')
    assert.is(web1?.checkCode, 200)
    assert.is(web1?.health, 6)
    assert.is(web1?.fall, 5)
    assert.is(web2?.health, 0)
    assert.is(web2?.checkCode, null)
    assert.ok((web2?.checkDuration ?? 0) >= 2000)
  })

  test(`haproxy ${version} tells who is out of use`, () => {
    const servers = parseServersState(readSample(`haproxy-${version}-show-servers-state.txt`))
    assert.equal(
      servers.map(({ server, isForcedMaintenance }) => [server, isForcedMaintenance]),
      [
        ['web1', false],
        ['web2', false],
      ],
    )
  })
}

test('each reason for maintenance has its bit', () => {
  const servers = parseServersState(readSample('haproxy-2.6-restored-show-servers-state.txt'))
  const named = (is: (server: (typeof servers)[number]) => boolean): readonly string[] =>
    servers.filter(is).map(({ server }) => server)
  assert.equal(
    named((it) => it.isForcedMaintenance),
    ['web1c', 'off'],
  )
  assert.equal(
    named((it) => it.isConfiguredMaintenance),
    ['off'],
  )
  assert.equal(
    named((it) => it.isUnresolved),
    ['gone'],
  )
})

test('a check on its way keeps the result of the one before', () => {
  const text = '# pxname,svname,type,status,check_status\na,b,2,UP,* L4OK\na,c,2,UP,L4OK\n'
  assert.equal(
    parseStat(text)?.map(({ checkStatus, isChecking }) => [checkStatus, isChecking]),
    [
      ['L4OK', true],
      ['L4OK', false],
    ],
  )
})

test('commas and quotes in a cell do not end it', () => {
  const text = '# pxname,svname,type,last_chk,status\na,b,2,"said ""no"", twice",DOWN\n'
  const [server] = parseStat(text) ?? []
  assert.is(server?.checkText, 'said "no", twice')
  assert.is(server?.status, 'DOWN')
})

test('sums of frontends and backends are no servers', () => {
  const text = '# pxname,svname,type,status\na,FRONTEND,0,OPEN\na,BACKEND,1,UP\na,b,2,UP\n'
  assert.equal(
    parseStat(text)?.map(({ server }) => server),
    ['b'],
  )
})

test('anything else is no answer', () => {
  for (const text of ['', 'Unknown command', 'Name: HAProxy\nPid: 12\n']) {
    assert.is(parseInfo(text), null, text)
  }
  assert.is(parseStat(''), null)
  assert.is(parseStat('Permission denied\n'), null)
  assert.equal(parseStat('# pxname,svname\n\n'), [])
  assert.equal(parseServersState(''), [])
  assert.equal(parseServersState('2\n# be_id srv_name\n1 a\n'), [])
})

test.run()
