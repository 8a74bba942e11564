package cli

import (
	"context"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

type helpCodeCommand struct {
	accountCommand
	Reason  string `once:"" required:"" placeholder:"TEXT" help:"Why, and how you made sure who asks. The events keep it."`
	Minutes int    `once:"" default:"15" help:"How long the code works, 5 to 1440 minutes."`
}

// Run gives a help code and prints it.
func (c *helpCodeCommand) Run(ctx context.Context, p *Process) error {
	return c.withPerson(ctx, p, func(s *people.Service, id int64) error {
		given, err := s.GiveHelpCode(ctx, auth.Operator, id, c.Reason, people.Minutes(c.Minutes))
		if err != nil {
			return err
		}
		p.warn("Tell the code to the person only, on a line that you trust. It is shown only now, and works once, until %s.", given.EndsAt.Format(time.RFC3339))
		p.warn("The person signs in with the password, follows \"Lost phone and codes?\", and enters it there.")
		return p.say("%s", given.Code)
	})
}
