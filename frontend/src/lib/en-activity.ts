// The words on the left are those of the server's audit events. A test compares
// them with the server's list.
import { plural } from './plural'

const roles = { person: 'person', helper: 'helper', administrator: 'administrator' }

export const texts = {
  title: 'Activity',
  lead: 'The security events of your account, newest first.',
  today: 'Today',
  yesterday: 'Yesterday',
  older: 'Show older',
  all: 'This is everything there is.',
  on: 'on',

  /** What happened, if it succeeded. */
  happened: {
    setup_completed: 'The account was created as the first administrator',
    account_created: 'The account was created',
    account_disabled: 'The account was disabled',
    account_enabled: 'The account was enabled again',
    account_deleted: 'The account was deleted',
    invited: 'The account was created by an invitation',
    people_imported: 'People were imported',
    people_exported: 'The list of people was exported',
    password: 'Right password, a verification code was asked for',
    second_factor: 'Verification code accepted',
    sign_in: 'Signed in',
    sign_in_cancelled: 'A sign-in was cancelled after the right password',
    sign_in_extended: 'A sign-in was given more time',
    sign_out: 'Signed out',
    session_ended: 'A session was ended',
    other_sessions_ended: 'All other sessions were ended',
    all_sessions_ended: 'All sessions were ended',
    sessions_ended: 'Sessions were ended',
    step_up_password: 'Password confirmed',
    step_up_code: 'Code confirmed',
    password_changed: 'The password was changed',
    password_link_given: 'A link to choose a new password was given',
    link_used: 'A password was chosen with a link',
    password_known: 'Someone entered the right password, but no right code: change the password if that was not you',
    enrollment_begun: 'A new key was shown for an authenticator app',
    enrollment_cancelled: 'The set-up of a new key was cancelled',
    enrollment_code: 'A new key was confirmed',
    key_bound: 'Two-factor authentication was set up',
    key_moved: 'The codes were moved to a different phone',
    key_removed: 'The security key was removed',
    phone_renamed: 'The phone was renamed',
    paused: 'Two-factor authentication was disabled temporarily',
    resumed: 'Two-factor authentication was enabled again',
    codes_generated: 'New backup codes were generated',
    codes_confirmed: 'The backup codes were confirmed as saved',
    code_checked: 'A saved backup code was checked',
    profile_changed: 'The profile was changed',
    renamed: 'The user name or the full name was changed',
    email_changed: 'The e-mail address was changed',
    role_changed: 'The role was changed',
    group_created: 'A group was created',
    group_changed: 'A group was changed',
    group_deleted: 'A group was deleted',
    group_joined: 'Became a member of a group',
    group_left: 'Is no longer a member of a group',
    notice_address_changed: 'The address for security notices was changed',
    notice_address_requested: 'A code was mailed to confirm an address for security notices',
    notice_address_cancelled: 'A new address for security notices was cancelled',
    notice_address_code: 'The code for a new address was entered',
    notification_sent: 'A security mail was sent',
    notification_failed: 'A security mail could not be delivered',
    refused: 'A request was refused',
  },
  /** What happened, if it failed or was refused. */
  failed: {
    password: 'Sign-in refused',
    second_factor: 'Verification refused',
    step_up_password: 'Confirmation with the password refused',
    step_up_code: 'Confirmation with a code refused',
    enrollment_code: 'Confirmation of a new key refused',
    resumed: 'Enabling refused',
    code_checked: 'Check of a backup code refused',
    notice_address_code: 'Confirmation of a new address refused',
    notification_failed: 'A security mail could not be delivered',
    refused: 'A request was refused',
  },
  /** For a word that is newer than this page. */
  other: 'A security event',
  otherFailed: 'Something was refused',

  factors: {
    password: 'The password',
    totp: 'The code from the app',
    backup: 'The backup code',
    other: 'What was entered',
  },
  /** The factor that was used. */
  accepted: { totp: 'With a code from the app.', backup: 'With a backup code.' },
  reasons: {
    wrong: (what: string) => `${what} was not right.`,
    unknown_name: () => 'There is no such user name.',
    account_disabled: () => 'The account was disabled.',
    no_password_yet: () => 'No password was chosen yet.',
    replayed: (what: string) => `${what} had been used already.`,
    replaced: (what: string) => `${what} was from an older set.`,
    wait: (what: string) => `${what} was not checked, because there had been too many wrong ones.`,
    stopped: (what: string) => `${what} was not checked, because no more tries were left.`,
    clock_changed: () => "The server's clock had been changed.",
    too_many: () => 'There were too many wrong tries before.',
    unreadable: () => 'The server could not read the security key.',
    expired: () => 'Its time was over.',
    evicted: () => 'There were too many, so a newer one replaced it.',
    valid: (what: string) => `${what} was valid.`,
    used: (what: string) => `${what} had been used already.`,
    cross_site: () => 'It came from another site.',
    csrf: () => 'It came from a page that was out of date, or from another site.',
    rejected: () => 'There is no such mailbox.',
    undelivered: () => 'The mail server did not accept it.',
    invitation: () => 'It was the link of an invitation.',
    password: () => 'It was a password link.',
    too_late: () => 'It was too old when the mail server could be reached again.',
  },
  replacedKey: 'A new key replaced it.',
  clockSlow: (minutes: number) =>
    `The clock of the phone was about ${plural(minutes, '1 minute', `${minutes} minutes`)} slow.`,
  clockFast: (minutes: number) =>
    `The clock of the phone was about ${plural(minutes, '1 minute', `${minutes} minutes`)} fast.`,
  refusedTries: (n: number) =>
    plural(n, '1 try was refused within an hour.', `${n} tries were refused within an hour.`),
  /** Of an event that happened so often within an hour that the rest is told at once. */
  repeated: (n: number) => plural(n, 'Once more within an hour.', `${n} more times within an hour.`),
  /** Of kinds whose number is not how often they happened. */
  counts: {
    other_sessions_ended: (n: number) => plural(n, '1 session was ended.', `${n} sessions were ended.`),
    sessions_ended: (n: number) => plural(n, '1 session was ended.', `${n} sessions were ended.`),
    people_imported: (n: number) => plural(n, '1 person was imported.', `${n} people were imported.`),
    people_exported: (n: number) => plural(n, 'It held 1 person.', `It held ${n} people.`),
  },
  group: (name: string) => `Group: ${name}.`,
  /** What it is now, or the reason that was given. */
  details: {
    key_removed: (reason: string) => reason && `Reason given: ${reason}`,
    renamed: (name: string) => name && `The user name is now ${name}.`,
    email_changed: (address: string) => (address ? `It is now ${address}.` : 'There is none now.'),
    role_changed: (role: string) => `It is now: ${role in roles ? roles[role as keyof typeof roles] : role}.`,
    group_changed: (name: string) => name && `Its name is now ${name}.`,
  },
  /** The name of who did it may be empty. */
  actors: {
    helper: (name: string) => (name ? `By ${name} (service desk)` : 'By the service desk'),
    administrator: (name: string) => (name ? `By ${name} (administrator)` : 'By an administrator'),
    operator: (name: string) => (name ? `By the operator (${name})` : 'By the operator'),
    system: () => 'By the server',
  },
}

export type Texts = typeof texts
