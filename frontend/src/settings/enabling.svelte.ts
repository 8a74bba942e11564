/** Whether the dialog is open that ends a pause. Banner and page open the same one. */
class Enabling {
  open = $state(false)
}

export const enabling = new Enabling()
