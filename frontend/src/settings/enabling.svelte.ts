/** Tells whether the dialog that ends a pause is open. The banner and the page open the same one. */
class Enabling {
  open = $state(false)
}

export const enabling = new Enabling()
