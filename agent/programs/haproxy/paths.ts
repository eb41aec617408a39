import { dirname } from 'node:path'

/** Where Debian and the role have haproxy's things. Which files a haproxy reads its command line says. */
export const haproxyUnit = 'haproxy.service'
export const haproxyConfigPath = '/etc/haproxy/haproxy.cfg'
export const haproxyFolder = dirname(haproxyConfigPath)
export const haproxyAdminSocket = '/run/haproxy/admin.sock'
/** Variables of the unit's command line. */
export const haproxyDefaultsPath = '/etc/default/haproxy'

/** What Debian's unit says of the command line (12 and 13), for a node that has none yet. */
export const debianUnit = `[Service]
EnvironmentFile=-${haproxyDefaultsPath}
EnvironmentFile=-/etc/sysconfig/haproxy
Environment="CONFIG=${haproxyConfigPath}" "PIDFILE=/run/haproxy.pid" "EXTRAOPTS=-S /run/haproxy-master.sock"
ExecStart=/usr/sbin/haproxy -Ws -f $CONFIG -p $PIDFILE $EXTRAOPTS
`
