import type { Resource } from '../../../agent/roles/resource.ts'
import { resource } from '../../desired.ts'

/** Something that the agent manages in a folder of an attacker. */
export interface Target {
  /** What tasks ask for, now one thing and now another, so that there is always something to do. */
  readonly resources: (home: string, side: 'one' | 'two') => readonly Resource[]
  /** Relative to the folder: what the attacker swaps. */
  readonly paths: readonly string[]
}

const owner = 'nobody'
const group = 'nogroup'

/** One for each way in which kinds touch paths. */
export const targets: Readonly<Record<string, Target>> = {
  copy: {
    paths: ['conf/app/app.conf'],
    resources: (home, side) => [
      resource('copy', {
        dest: `${home}/conf/app/app.conf`,
        content: `${side}\n`,
        mode: '0640',
        validate: ['grep', '-qx', side, '%s'],
      }),
    ],
  },
  'copy, attributes alone': {
    paths: ['conf/app.conf'],
    resources: (home, side) => [
      resource('copy', {
        dest: `${home}/conf/app.conf`,
        content: 'one\n',
        mode: side === 'one' ? '0644' : '0600',
        owner: side === 'one' ? owner : 'root',
      }),
    ],
  },
  'attributes of a file': {
    paths: ['log/app.log'],
    resources: (home, side) => [
      resource('file', {
        path: `${home}/log/app.log`,
        state: 'file',
        mode: side === 'one' ? '0666' : '0644',
        owner,
        group,
      }),
    ],
  },
  'a folder': {
    paths: ['data/inner/app.conf', 'data/inner'],
    resources: (home, side) => [
      resource('file', {
        path: `${home}/data/inner`,
        state: 'directory',
        mode: side === 'one' ? '0777' : '0755',
        owner,
        group,
      }),
    ],
  },
  'a link': {
    paths: ['bin/app'],
    resources: (home, side) => [
      resource('file', {
        path: `${home}/bin/app`,
        state: 'link',
        src: `app-${side}`,
        force: true,
      }),
    ],
  },
  'a tree that goes': {
    paths: ['tree/inner/app.conf', 'tree/inner/open', 'tree/secret'],
    resources: (home) => [resource('file', { path: `${home}/tree`, state: 'absent', force: true })],
  },
  'a line': {
    paths: ['etc/app.conf'],
    resources: (home, side) => [
      resource('lineinfile', {
        path: `${home}/etc/app.conf`,
        regexp: '^(one|two)',
        line: `${side} `,
        create: true,
      }),
    ],
  },
  'saved rules': {
    paths: ['rules/ATTACK.v4'],
    resources: (home, side) => [
      resource('iptables', {
        chain: 'ATTACK',
        parent: 'INPUT',
        family: 'ipv4',
        save: `${home}/rules`,
        rules: side === 'one' ? ['-j ACCEPT'] : ['-j DROP'],
      }),
    ],
  },
  'what is owned, pruned': {
    paths: ['own/a/app.conf', 'own/app'],
    resources: (home, side) =>
      side === 'one'
        ? []
        : [
            resource('copy', { dest: `${home}/own/a/app.conf`, content: 'two\n' }),
            resource('file', { path: `${home}/own/app`, state: 'link', src: 'a' }),
          ],
  },
}
