import { plural } from './plural'

export const texts = {
  /** Until when it has to be set up. */
  by: (day: string, days: number) => `by ${day} (${plural(days, '1 day', `${days} days`)} left)`,
  byToday: (time: string) => `by ${time} today`,
  /** Whom a policy asks. */
  audiences: {
    everybody: 'everybody',
    groups: (names: string[]) => `${plural(names.length, 'group', 'groups')} ${names.join(', ')}`,
    staff: 'helpers and administrators',
  },
  from: (day: string) => `from ${day}`,
  since: {
    start: (day: string) => `since ${day}`,
    created: () => 'since the account was created',
    joined: () => 'since joining',
    role: () => 'since the role was given',
    changed: () => 'since this rule was made or changed',
  },

  /** For administrators: what is asked of somebody. */
  person: {
    any: {
      meets: (why: string) => `Has the second factor that is asked for: ${why}.`,
      owes: (by: string, why: string) => `Has to set up a second factor ${by}: ${why}.`,
      late: (day: string, why: string) =>
        `Had to set up a second factor by ${day}: ${why}. The next sign-in leads to the set-up.`,
      excepted: (day: string, why: string) =>
        `Need not have a second factor until ${day}. Otherwise it is asked for: ${why}.`,
    },
    resistant: {
      meets: (why: string) => `Has the passkey or hardware key that is asked for: ${why}.`,
      owes: (by: string, why: string) => `Has to add a passkey or hardware key ${by}: ${why}.`,
      late: (day: string, why: string) =>
        `Had to add a passkey or hardware key by ${day}: ${why}. The next sign-in leads to the set-up.`,
      excepted: (day: string, why: string) =>
        `Need not have a passkey or hardware key until ${day}. Otherwise it is asked for: ${why}.`,
    },
  },

  /** For the person. */
  own: {
    any: {
      title: 'Set up two-factor authentication',
      setUpBy: (by: string) => `Set up two-factor authentication ${by}.`,
      why: (why: string) => `Your organisation requires two-factor authentication. For: ${why}.`,
      setUp: 'Set Up Authenticator',
      required: (day: string, why: string) =>
        `Two-factor authentication is required since ${day}: ${why}. Set it up to go on.`,
      excepted: (day: string, why: string) =>
        `There is an exception for you until ${day}. Otherwise your organisation asks for two-factor authentication: ${why}.`,
      minutes: 'It takes about two minutes, with your phone and an authenticator app.',
    },
    resistant: {
      title: 'Add a passkey or hardware key',
      setUpBy: (by: string) => `Add a passkey or hardware key ${by}.`,
      why: (why: string) =>
        `Your organisation requires a passkey or hardware key, which works on no forged page. For: ${why}.`,
      setUp: 'Add a passkey or hardware key',
      required: (day: string, why: string) =>
        `A passkey or hardware key is required since ${day}: ${why}. Add one to go on.`,
      excepted: (day: string, why: string) =>
        `There is an exception for you until ${day}. Otherwise your organisation asks for a passkey or hardware key: ${why}.`,
      minutes: 'It takes about two minutes, with this device, your phone or a hardware key.',
    },
    later: (days: number) => plural(days, 'Later, 1 day left', `Later, ${days} days left`),
    laterToday: 'Later, today is the last day',
    now: 'Set up now',
  },
}

export type Texts = typeof texts
