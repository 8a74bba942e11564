/** The steps of a person who was invited, in the order in which they are shown. */
export const welcomeSteps = ['password', 'factor', 'codes'] as const
export type WelcomeStep = (typeof welcomeSteps)[number]

/**
 * Whether an invited person is on the way through these steps. It is held in memory
 * only: after a reload the page shows itself as usual.
 */
class Welcome {
  /** True from the chosen password until the backup codes are saved or another page opens. */
  going = $state(false)
}

export const welcome = new Welcome()
