package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

type renameCommand struct {
	accountCommand
	NewName     string  `arg:"" help:"New user name. Nobody else gets the former one."`
	DisplayName *string `once:"" placeholder:"NAME" help:"New name that is shown; it stays as it is without this."`
}

// Run changes the names of an account.
func (c *renameCommand) Run(ctx context.Context, p *Process) error {
	return c.withPerson(ctx, p, func(s *people.Service, id int64) error {
		found, err := s.Find(ctx, auth.Operator, id)
		if err != nil {
			return err
		}
		names := people.Names{Username: c.NewName, DisplayName: found.DisplayName}
		if c.DisplayName != nil {
			names.DisplayName = *c.DisplayName
		}
		if err := s.Rename(ctx, auth.Operator, id, names); err != nil {
			return err
		}
		return p.say("%s is called %s now, also at the sign-in.", c.Name, c.NewName)
	})
}

type roleCommand struct {
	accountCommand
	Role     string `arg:"" enum:"person,helper,administrator" help:"person, helper or administrator. The last two need a second factor."`
	EvenLast bool   `once:"" help:"Also if no other administrator is left."`
}

// Run changes the role of an account.
func (c *roleCommand) Run(ctx context.Context, p *Process) error {
	return c.withPerson(ctx, p, func(s *people.Service, id int64) error {
		if err := s.SetRole(ctx, auth.Operator, id, account.Role(c.Role), c.EvenLast); err != nil {
			return err
		}
		return p.say("The role of %s is %s now. All administrators are told.", c.Name, c.Role)
	})
}

type emailCommand struct {
	accountCommand
	Address string `arg:"" optional:"" help:"New e-mail address; without it the present one is taken away."`
}

// Run changes the e-mail address that applications see.
func (c *emailCommand) Run(ctx context.Context, p *Process) error {
	return c.withPerson(ctx, p, func(s *people.Service, id int64) error {
		if err := s.SetEmail(ctx, auth.Operator, id, c.Address); err != nil {
			return err
		}
		if c.Address == "" {
			return p.say("%s has no e-mail address any more.", c.Name)
		}
		return p.say("The e-mail address of %s is changed.", c.Name)
	})
}

type deleteCommand struct {
	accountCommand
	Yes      bool `once:"" help:"Do not ask for the user name again."`
	EvenLast bool `once:"" help:"Also if no other administrator is left."`
}

// Run deletes an account, once its name was typed again.
func (c *deleteCommand) Run(ctx context.Context, p *Process) error {
	return c.withPerson(ctx, p, func(s *people.Service, id int64) error {
		typed := c.Name
		if !c.Yes {
			var err error
			if typed, err = p.askName(ctx, c.Name); err != nil {
				return err
			}
		}
		if err := s.Delete(ctx, auth.Operator, id, typed, c.EvenLast); err != nil {
			return err
		}
		return p.say("%s is deleted. Nobody else gets that user name.", c.Name)
	})
}

// askName asks a person at a terminal to type a user name again.
func (p *Process) askName(ctx context.Context, name string) (string, error) {
	terminal, ok := p.terminal()
	if !ok {
		return "", usageError{errors.New("there is nobody to ask: add --yes to delete the account")}
	}
	fmt.Fprintf(p.Stderr, "This cannot be undone. Type %s again to delete the account: ", name)
	return answerOf(ctx, func() (string, error) {
		line, err := bufio.NewReader(terminal).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the user name: %w", err)
		}
		return line, nil
	})
}
