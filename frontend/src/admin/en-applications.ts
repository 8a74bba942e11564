import { plural } from '../lib/plural'

export const texts = {
  title: 'Applications',
  lead: 'What people can open after they have signed in.',
  back: 'All applications',
  search: 'Search applications',
  add: 'Add application',
  closed:
    'Applications cannot be opened yet: this server runs without --gate-listen. Ask the people who run it to turn it on.',
  heads: { name: 'Application', who: 'Who', factor: 'Second factor', opened: 'Last opened' },
  none: 'There are no applications yet.',
  notFound: 'No application was found. Change the search.',
  found: (n: number) => plural(n, '1 application is shown.', `${n} applications are shown.`),
  added: (name: string) => `The application ${name} was added.`,

  /** Who may open something. */
  who: { everybody: 'Everybody', groups: 'Groups', public: 'Public', nobody: 'Nobody' },
  partlyPublic: 'Partly public',
  factors: {
    resistant: 'Phishing-resistant',
    two: 'Two factors',
    password: 'Password',
    none: 'None',
    differs: 'Depends on the rule',
  },

  addTitle: 'Add an application',
  addText: 'It begins with one rule: everybody who has signed in with two factors may open it. You can change it then.',
  name: 'Name',
  nameHint: 'People see it.',
  address: 'Address',
  addressHint: 'Scheme and host, such as https://wiki.example.com',
  /** Of several. */
  addressNumber: (n: number) => `Address ${n}`,
  moreAddress: 'Add another address',
  removeField: (label: string) => `Remove ${label}`,

  overtaken: 'Somebody changed this application meanwhile. You see the newest now. Make your change again.',
  saved: 'The application is changed.',

  rules: {
    title: 'Rules',
    lead: 'The first rule that fits decides, so more special ones stand first. What fits none is refused.',
    heads: { number: 'Rule', path: 'Paths', methods: 'Methods', who: 'Who', factor: 'Second factor', change: 'Change' },
    methods: { reading: 'Reading', all: 'All' },
    /** Beside a rule that an earlier one makes useless. */
    never: (n: number) => `Never reached: rule ${n} decides before.`,
    notOlder: (minutes: number) => `not older than ${minutes} min`,
    origins: (n: number) => plural(n, '1 further origin', `${n} further origins`),
    rest: 'anything else',
    refused: 'refused',
    add: 'Add rule',
    up: (n: number) => `Move rule ${n} up`,
    down: (n: number) => `Move rule ${n} down`,
    edit: (n: number) => `Change rule ${n}`,
    delete: (n: number) => `Delete rule ${n}`,
    moved: (from: number, to: number) => `Rule ${from} is now rule ${to}.`,
    saved: (n: number) => `Rule ${n} is saved.`,
    deleted: (n: number) => `Rule ${n} is deleted.`,
    deleteTitle: 'Delete this rule?',
    deleteText: (n: number, path: string) =>
      `Rule ${n} for ${path} is deleted. The rules after it then decide, and what fits none is refused.`,
    deleteButton: 'Delete rule',
  },

  rule: {
    addTitle: 'Add a rule',
    changeTitle: (n: number) => `Change rule ${n}`,
    path: 'Path',
    pathHint: 'With everything below it: /docs is for /docs and /docs/page, not for /docs-old.',
    methods: 'Methods',
    methodChoices: { all: 'All', reading: 'Reading: GET and HEAD only' },
    who: 'Who',
    whoChoices: {
      everybody: { title: 'Everybody signed in', text: 'Everybody who has an account here.' },
      groups: { title: 'Groups', text: 'Members of at least one of the groups that you choose.' },
      public: { title: 'Public', text: 'Anybody, without a sign-in.' },
    },
    groups: 'Groups',
    noGroups: 'There are no groups yet. Make one under Groups first.',
    factor: 'Second factor',
    factorChoices: {
      resistant: 'Phishing-resistant: passkey or hardware key',
      two: 'Two factors',
      password: 'Password alone',
    },
    /** Of resistant. */
    factorHint:
      'A key counts only from 72 hours after it was added, or at once if another key confirmed it. Codes do not count.',
    maxAge: 'Not older than, in minutes',
    maxAgeHint: '1 to 1440. The person is asked again if what was given is older.',
    origin: (n: number) => `Further origin ${n}`,
    originHint: 'Its pages may send requests to this application, such as https://portal.example.com',
    moreOrigin: 'Add a further origin',
  },

  trial: {
    title: 'Try it',
    lead: 'See what would happen to a request. Nothing is sent to the application.',
    address: 'Address',
    method: 'Method',
    person: 'Person',
    submit: 'Try',
    allowed: 'Allowed',
    refused: 'Refused',
    somebody: 'Somebody who is not signed in',
    /** Before what another application says. */
    other: (name: string) => `The address belongs to ${name}.`,
    reasons: {
      public: (rule: number) => `Rule ${rule}: anybody may open it, without a sign-in.`,
      public_every: 'Every rule for this method is public: anybody may open it, without a sign-in.',
      rule: (rule: number, person: string) => `Rule ${rule}: ${person} may open it.`,
      no_right: (rule: number, person: string) => `Rule ${rule}: ${person} is in none of the groups that it names.`,
      /** Names of groups follow. */
      no_right_of: (rule: number, person: string) => `Rule ${rule}: ${person} is in none of`,
      no_rule: 'No rule fits.',
      ambiguous:
        'Applications may read this path in different ways. So every rule would have to allow it, and not all of them do.',
      no_application: 'No application has this address.',
      sign_in: (rule: number) => `Rule ${rule}: it is not public, so the person has to sign in first.`,
      sign_in_first: 'It is not public, so the person has to sign in first.',
      disabled: (person: string) => `The account ${person} is disabled.`,
      every: (person: string) => `Every rule for this method lets ${person} in.`,
    },
    needs: {
      set_up: 'Before that, a second factor has to be set up.',
      password: 'Before that, the password is asked for again.',
      code: 'Before that, a code is asked for.',
      key: 'Before that, a passkey or hardware key is asked for that counts as phishing-resistant.',
      /** Instead of set_up, for a rule that wants a key. */
      set_up_key: 'Before that, a passkey or hardware key has to be added.',
    },
    nothing: 'Nothing is asked for beyond the sign-in.',
    again: (minutes: number) => `What was given more than ${minutes} min ago is asked for again.`,
  },

  proxy: {
    title: 'Proxy settings',
    text: 'The configuration for this application, to copy.',
    names: { nginx: 'nginx', caddy: 'Caddy', traefik: 'Traefik' },
    dialogTitle: (proxy: string) => `Settings for ${proxy}`,
    dialogText:
      'Put this into the configuration of your proxy. Replace 127.0.0.1:3000 by where the application listens, for nginx also the certificate. Then reload the proxy, and try it: imagemaster gate check.',
    copy: 'Copy',
    copied: 'Copied',
    notCopied: 'The browser does not allow copying. Select the text and copy it yourself.',
    empty: 'There are no settings for this proxy yet.',
  },

  details: {
    title: 'Name and addresses',
    text: (n: number) => plural(n, 'People open it at 1 address.', `People open it at ${n} addresses.`),
    change: 'Change',
    changeLabel: 'Change: name and addresses',
    changeTitle: 'Change name and addresses',
    changeText: 'People open the first address. All rules hold for each of them.',
  },

  deletion: {
    title: 'Delete this application',
    text: 'Nobody can open it any more. The application itself is not touched.',
    button: 'Delete application',
    confirmTitle: 'Delete this application?',
    confirm: 'Its addresses and rules are deleted. People who have it open cannot go on.',
    done: (name: string) => `The application ${name} is deleted.`,
  },

  reasons: {
    name: {
      empty: 'Name: enter one.',
      not_allowed: 'Name: it has a character that cannot be used.',
      too_long: 'Name: use at most 60 characters.',
      taken: 'Name: there is an application of that name.',
      too_many: 'There are 200 applications already. Delete one first.',
    },
    address: {
      empty: 'Address: enter one, or remove this field.',
      missing: 'Address: enter one.',
      not_allowed:
        'Address: enter scheme and host, such as https://wiki.example.com, without a path. Plain http is for this machine only.',
      own_host: 'Address: that is the host of the sign-in itself. Give the application a host of its own.',
      duplicate: 'Address: this one is there twice.',
      taken:
        'Address: that host belongs to another application, whatever the port. Each application needs a host of its own.',
      count: 'Address: an application has 1 to 20.',
    },
    path: {
      empty: 'Path: enter one. A slash alone is for all pages.',
      not_allowed:
        'Path: begin with a slash, and use letters, digits and common signs. There are no wildcards: /admin is for everything below it.',
      too_long: 'Path: use at most 200 characters.',
      ambiguous: 'Path: it has an empty part, or a part of one or two dots. Leave it out.',
    },
    groups: {
      count: 'Groups: choose at least one, and at most 50.',
      unknown: 'Groups: there is no such group any more. Choose another.',
    },
    max_age_minutes: {
      not_allowed: 'Not older than: enter a whole number of minutes from 1 to 1440, or leave it empty.',
    },
    origin: {
      empty: 'Further origin: enter one, or remove this field.',
      not_allowed:
        'Further origin: enter scheme and host, such as https://portal.example.com, without a path. Plain http is for this machine only.',
    },
    /** Of Try it. */
    trial: {
      address: 'Address: enter a whole address, such as https://wiki.example.com/page',
      method: 'Method: use letters only, such as GET.',
      username: 'Person: there is no account of that name.',
    },
    tooManyRules: 'An application has at most 50 rules. Delete one first.',
  },
}

export type Texts = typeof texts
