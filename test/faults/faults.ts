import type { Fault, Limit } from './fault.ts'

/** Milliseconds and requests at one every 5 ms: what a stand-in of 30 lines reached was 30 to 39 ms. */
const quick: Limit = { gap: 60, failed: 5 }
const killWorker = 'pid=$(worker); at; kill -9 "$pid"'
const killMaster = 'pid=$(master); at; kill -9 "$pid"'
const wedge = 'pid=$(worker); at; kill -STOP "$pid"'
const unwedge = 'pid=$(worker); [ -z "$pid" ] || kill -CONT "$pid"'
const deafen = `at; for name in $(ask_haproxy 'show stat' | sed -n 's/^\\([^,]*\\),FRONTEND,.*/\\1/p'); do
  ask_haproxy "disable frontend $name"
done`
const takePort = `take_port; ${killWorker}`
const breakConfig = `break_config; ${killWorker}`
/** Connections that wait, each of which counts, against a limit that was lowered. */
const saturate = `ask_haproxy 'set maxconn global 20'
/opt/evenkeel/bin/node -e '
  const { connect } = require("node:net")
  for (let i = 0; i < 60; i++) connect(80, "127.0.0.1").on("error", () => {})
  setTimeout(() => process.exit(), 12000)' > /dev/null 2>&1 &
at; sleep 0.3; ask_haproxy 'show info' | grep -E '^(CurrConns|Maxconn):'`
const deadAgent = '/run/systemd/system/evenkeel.service.d/zz-dead.conf'
const endAgent = `mkdir -p ${deadAgent.replace(/\/[^/]*$/, '')}
printf '[Service]\\nRestart=no\\n' > ${deadAgent}; systemctl daemon-reload
systemctl kill --signal KILL evenkeel`
const reviveAgent = `rm -f ${deadAgent}; systemctl daemon-reload; systemctl restart evenkeel`
const keepalived = `parent=$(systemctl show -p MainPID --value keepalived)
child=$(cat "/proc/$parent/task/$parent/children")`
/** haproxy after a kill, by hand: what a person with the reference does. */
const startHaproxy = 'systemctl reset-failed haproxy; systemctl restart haproxy'

/** The rows of the table. */
export const faults: readonly Fault[] = [
  {
    id: 'nothing',
    title: 'nothing (what this machine makes of the figures)',
    inject: 'at',
    hold: 6,
    tries: 20,
    limit: {},
  },
  {
    id: 'worker',
    title: "haproxy's worker killed",
    inject: killWorker,
    hold: 1,
    holdReference: 5,
    tries: 20,
    limit: quick,
  },
  {
    id: 'master',
    title: "haproxy's master killed",
    inject: killMaster,
    hold: 2,
    holdReference: 5,
    tries: 20,
    limit: quick,
  },
  {
    id: 'config',
    title: 'killed, and its configuration is broken',
    inject: breakConfig,
    hold: 5,
    holdReference: 25,
    cure: 'mend_config',
    cureReference: `mend_config; ${startHaproxy}`,
    tries: 20,
    limit: quick,
  },
  {
    id: 'port',
    title: 'killed, and its port is taken',
    inject: takePort,
    hold: 5,
    holdReference: 25,
    cure: 'free_port',
    cureReference: `free_port; ${startHaproxy}`,
    tries: 20,
    limit: quick,
  },
  {
    id: 'wedged',
    title: 'wedged (SIGSTOP)',
    inject: wedge,
    hold: 5,
    holdReference: 25,
    cure: unwedge,
    tries: 5,
    limit: { gap: 2500 },
  },
  {
    id: 'wedged-aggressive',
    title: 'wedged, watch: aggressive',
    options: ['watch: aggressive'],
    inject: wedge,
    injectReference: null,
    hold: 4,
    cure: unwedge,
    tries: 20,
    limit: { gap: 1000 },
  },
  {
    id: 'deaf',
    title: 'alive, listening to nothing',
    inject: deafen,
    hold: 5,
    holdReference: 25,
    cureReference: startHaproxy,
    tries: 5,
    limit: { gap: 2500 },
  },
  {
    id: 'deaf-aggressive',
    title: 'alive, listening to nothing, watch: aggressive',
    options: ['watch: aggressive'],
    inject: deafen,
    injectReference: null,
    hold: 4,
    tries: 20,
    limit: { gap: 1000 },
  },
  {
    id: 'saturated',
    title: 'saturated at maxconn for 10 s',
    inject: saturate,
    hold: 10,
    cure: "ask_haproxy 'set maxconn global 8000'; sleep 3",
    tries: 5,
    limit: { staysHome: true, keepsHaproxy: true, says: /saturat|maxconn/i },
  },
  {
    id: 'servers',
    title: 'all servers of a backend down for 25 s',
    // For this node alone: whoever compares itself with its peer must not move either
    inject:
      'at; iptables -I OUTPUT -p tcp -d web1,web2 --dport 80 -j REJECT --reject-with tcp-reset',
    hold: 25,
    cure: 'iptables -D OUTPUT -p tcp -d web1,web2 --dport 80 -j REJECT --reject-with tcp-reset; sleep 5',
    tries: 5,
    limit: { staysHome: true, keepsHaproxy: true, says: /no server is up in backend web-server/ },
  },
  {
    id: 'drain',
    title: 'planned drain',
    inject: 'at; evenkeel drain --reason bench > /dev/null',
    injectReference: 'at; systemctl stop keepalived',
    hold: 6,
    cure: 'evenkeel undrain > /dev/null',
    cureReference: 'systemctl start keepalived',
    isCureApart: true,
    // A SYN that is lost on the way is sent again after 1 s
    timeout: 2500,
    tries: 20,
    limit: { failed: 0 },
  },
  {
    id: 'undrain',
    title: 'the end of a drain',
    prepare: 'evenkeel drain --reason bench > /dev/null; sleep 3',
    inject: 'at; evenkeel undrain > /dev/null',
    injectReference: null,
    hold: 6,
    timeout: 2500,
    tries: 20,
    limit: {},
  },
  {
    id: 'agent',
    title: 'agent killed, haproxy fine',
    inject: 'at; systemctl kill --signal KILL evenkeel',
    injectReference: null,
    hold: 15,
    timeout: 500,
    tries: 5,
    limit: { staysHome: true, keepsHaproxy: true, failed: 0 },
  },
  {
    id: 'agent-haproxy',
    title: 'agent and haproxy killed for good',
    // Masked, systemd does not start it again either
    inject: `systemctl mask --runtime --quiet haproxy; pid=$(worker); ${endAgent}; at; kill -9 "$pid"`,
    injectReference: null,
    hold: 16,
    cure: `systemctl unmask --runtime --quiet haproxy; ${reviveAgent}`,
    tries: 5,
    limit: { gap: 10_000, leavesWithin: 10_000 },
  },
  ...(['parent', 'child', 'both'] as const).map((which): Fault => {
    const pids = { parent: '$parent', child: '$child', both: '$parent $child' }[which]
    return {
      id: `keepalived-${which}`,
      title: `keepalived killed: ${which === 'both' ? 'parent and child' : which}`,
      inject: `${keepalived}; at; kill -9 ${pids}`,
      hold: 6,
      cureReference: 'systemctl is-active -q keepalived || systemctl start keepalived',
      tries: 5,
      limit: {},
    }
  }),
  {
    id: 'both-nodes',
    title: 'haproxy of both nodes killed, ports taken',
    inject: takePort,
    injectPeer: takePort,
    injectReference: null,
    hold: 10,
    // The peer comes first, and has to serve both VIPs by itself
    cure: 'sleep 8; free_port',
    curePeer: 'free_port',
    tries: 5,
    limit: {},
  },
  {
    id: 'restart-alone',
    title: 'without a peer: systemctl restart haproxy',
    peer: 'none',
    rest: 31,
    inject: 'at; systemctl restart haproxy',
    hold: 2,
    tries: 20,
    limit: {},
  },
  {
    id: 'worker-alone',
    title: "without a peer: haproxy's worker killed",
    peer: 'none',
    rest: 31,
    inject: killWorker,
    hold: 2,
    holdReference: 5,
    tries: 20,
    limit: { timesRestart: 1.5 },
  },
  {
    id: 'master-alone',
    title: "without a peer: haproxy's master killed",
    peer: 'none',
    rest: 31,
    inject: killMaster,
    hold: 2,
    holdReference: 5,
    tries: 20,
    limit: { timesRestart: 1.5 },
  },
]
