import { plural } from '../lib/plural'

export const texts = {
  own: 'This is your own account. You change it in your own settings; another administrator can do the rest.',
  settings: 'Open your settings',
  noFactor:
    'There is no second factor, so a password link alone would open this account. Ask an administrator to give it.',
  administratorOnly: 'Only an administrator can help with this account now.',
  endsLink: 'The link that was given ends.',
  givenEnd: 'Invitations and password links that this person gave and nobody has used end, too.',
  above: 'Only administrators change accounts of helpers and administrators.',

  state: {
    disabled: (when: string) => `Disabled since ${when}. Nobody can sign in to this account.`,
    invited: 'No password was chosen yet.',
    linkUntil: (when: string) => `The link works until ${when}.`,
    noLink: 'No link works any more: renew the invitation.',
    none: 'There is no second factor. The password alone is enough.',
    paused: 'The second factor is disabled at the moment. The password alone is enough.',
    pausedUntil: (when: string) =>
      `The second factor is disabled until ${when}. Until then the password alone is enough.`,
    dead: 'There were too many wrong codes. The app no longer works; a new one has to be set up with a backup code, or after the second factor was removed.',
    unreadable: 'The server cannot read the key of the app. A backup code still works.',
    elsewhere:
      'All passkeys and hardware keys belong to the old address of this server. Only a backup code still works; with one, a new second factor has to be set up.',
    by: { app: 'an app', passkey: 'passkeys', hardware_key: 'hardware keys' },
    noCodes: (by: string, when: string) => `Protected by ${by} since ${when}, but without backup codes.`,
    codes: (by: string, when: string, n: number) =>
      `Protected by ${by} since ${when}, with ${plural(n, '1 backup code', `${n} backup codes`)} left.`,
    mustChange: 'The password has to be changed at the next sign-in.',
    openLink: (when: string) => `A link for a new password works until ${when}.`,
    helpCode: (by: string, when: string) => `${by} gave a help code. It works until ${when}.`,
    helpUsed: (by: string, when: string) =>
      `A help code that ${by} gave was used. Until ${when} the person can set up a new second factor.`,
    helpStopped: (when: string) =>
      `“Not me” was said about a help code: nobody may help until ${when}. Reach the person another way: somebody else may know the password.`,
    operator: 'The operator',
  },
  titles: {
    protected: 'Protected',
    open: 'Not protected',
    invited: 'Invited',
    disabled: 'Disabled',
    attention: 'Needs attention',
  },
  factor: {
    app: 'Authenticator app',
    passkey: 'Passkey',
    hardware_key: 'Hardware key',
    appBroken: 'It does not work: its codes are blocked, or the server cannot read its key.',
    elsewhere: 'It belongs to the old address of this server and does not work here.',
    since: (when: string) => `Set up on ${when}.`,
    lastUsed: (when: string) => `Last used: ${when}.`,
    neverUsed: 'Not used yet.',
    codes: 'Backup codes',
    left: (n: number, set: number) => `${plural(n, '1 unused code', `${n} unused codes`)} of set ${set}.`,
    unconfirmed: 'Nobody has confirmed that they are saved.',
  },

  help: 'Help',
  link: {
    title: 'Password link',
    text: 'For a person who forgot the password. The link works for an hour, and only once.',
    factor: 'The second factor is still asked for.',
    give: 'Give password link',
    confirm:
      'Make sure who is asking: call back on a number that you know, or meet the person. The person is told about the link.',
  },
  helpCode: {
    title: 'Help code',
    text: 'For a person who has lost all second factors and backup codes, and knows the password. A new second factor is set up with it.',
    button: 'Give help code',
  },
  exception: {
    title: 'Exception',
    text: 'For a person who cannot have a second factor for a while. It ends by itself.',
    button: 'Give exception',
    end: 'End exception',
    endText: 'The policies ask for a second factor again.',
  },
  invitation: {
    title: 'Invitation',
    text: 'A new link. The former one ends.',
    renew: 'Renew invitation',
    confirm: 'The person gets a new link, which works for 7 days. The former one ends.',
  },
  disable: {
    title: 'Disable',
    text: 'The person can no longer sign in. Everything stays, and you can enable the account again.',
    button: 'Disable',
    confirm: 'Nobody can sign in to this account any more. All its sessions and links end now.',
    done: 'The account is disabled.',
  },
  enable: {
    title: 'Enable',
    text: 'The person can sign in again as before.',
    button: 'Enable',
    confirm: 'The person can sign in again.',
    done: 'The account is enabled.',
  },
  remove: {
    title: 'Remove second factor',
    text: 'For a person who has lost all second factors and backup codes. The password alone is enough afterwards.',
    button: 'Remove second factor',
    confirm:
      'All second factors and backup codes are deleted, and all sessions end. The person is told. Make sure who is asking.',
    reason: 'Reason',
    reasonHint: 'It is kept in the activity of the account.',
    missing: 'Reason: say why.',
    done: 'The second factor is removed.',
  },
  deletion: {
    title: 'Delete account',
    text: 'For good. The user name is not given to anybody else. Disable the account first if you are not sure.',
    button: 'Delete',
    confirm:
      'The account, its second factor and its group memberships are deleted. This cannot be undone. The activity is kept.',
    repeat: 'Repeat the user name',
    done: (name: string) => `The account ${name} is deleted.`,
  },

  policy: {
    title: 'Policy',
    exception: (day: string, by: string) => `Exception until ${day}, given by ${by}:`,
    operator: 'the operator',
  },

  details: 'Details',
  change: 'Change',
  rename: {
    title: 'Change names',
    button: 'Rename',
    text: 'The person signs in with the new user name from now on. The former one is not given to anybody else.',
    done: 'The names are changed.',
  },
  email: {
    title: 'Change e-mail',
    none: 'None',
    own: 'chosen by the person',
    text: 'Applications see this address. Where security notices go is up to the person.',
    done: 'The e-mail address is changed.',
  },
  role: {
    title: 'Change role',
    text: {
      person: 'Uses the account, and nothing else.',
      helper: 'Sees people, ends sessions, and gives password links and help codes to people without another role.',
      administrator: 'Does everything for everybody except the own account.',
    },
    needsFactor: 'Other roles need a second factor.',
    told: 'All administrators are told.',
    done: 'The role is changed.',
  },
  groups: {
    title: 'Change groups',
    none: 'None',
    noGroups: 'There are no groups yet.',
    done: 'The groups are changed.',
    since: (name: string, when: string) => `${name} since ${when}`,
  },

  sessions: {
    title: 'Sessions',
    none: 'No session is open.',
    on: 'on',
    unknown: 'Unknown browser',
    seen: (when: string) => `Last used: ${when}`,
    end: 'End',
    endAll: 'End all sessions',
    endTitle: 'End this session?',
    endAllTitle: 'End all sessions?',
    endText: 'The person has to sign in again, and is told.',
    done: 'Ended. The person has to sign in again.',
  },
  activity: { title: 'Activity', show: 'Show activity' },
}

export type Texts = typeof texts
