package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/group"
	"imagemaster/backend/people"
)

type groupCommands struct {
	List   groupListCommand   `cmd:"" help:"List the groups and how many members they have."`
	Add    groupAddCommand    `cmd:"" help:"Make a group."`
	Change groupChangeCommand `cmd:"" help:"Change the name or the description of a group."`
	Delete groupDeleteCommand `cmd:"" help:"Delete a group. Its members stay."`
	Join   groupJoinCommand   `cmd:"" help:"Add people to a group."`
	Leave  groupLeaveCommand  `cmd:"" help:"Take a person out of a group."`
}

// groupCommand holds the options of commands on one existing group.
type groupCommand struct {
	accountOptions
	Group string `arg:"" help:"Name of the group."`
}

// withGroup opens the product for one command on an existing group, and finds it.
func (c *groupCommand) withGroup(ctx context.Context, p *Process, do func(s *people.Service, g *group.Group) error) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		s := people.New(a)
		g, err := s.GroupNamed(ctx, auth.Operator, c.Group)
		if err != nil {
			return err
		}
		return do(s, g)
	})
}

type groupListCommand struct {
	accountOptions
	JSON bool `once:"" name:"json" help:"Print a line of JSON for each group."`
}

// listedGroup is a line of the list in JSON.
type listedGroup struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Members     int    `json:"members"`
}

// Run prints one line per group.
func (c *groupListCommand) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		all, err := people.New(a).Groups(ctx, auth.Operator)
		if err != nil {
			return err
		}
		if c.JSON {
			lines := json.NewEncoder(p.Stdout)
			for _, g := range all {
				if err := lines.Encode(listedGroup{g.Name, g.Description, g.Members}); err != nil {
					return err
				}
			}
			return nil
		}
		table := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "GROUP\tMEMBERS\tDESCRIPTION")
		for _, g := range all {
			fmt.Fprintf(table, "%s\t%d\t%s\n", g.Name, g.Members, g.Description)
		}
		return table.Flush()
	})
}

type groupAddCommand struct {
	accountOptions
	Name        string `arg:"" help:"Name: small letters a to z, digits, dots, underscores and hyphens."`
	Description string `once:"" placeholder:"TEXT" help:"What the group is for."`
}

// Run makes a group.
func (c *groupAddCommand) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		g, err := people.New(a).CreateGroup(ctx, auth.Operator, c.Name, c.Description)
		if err != nil {
			return err
		}
		return p.say("Added the group %s.", g.Name)
	})
}

type groupChangeCommand struct {
	groupCommand
	Name        *string `once:"" placeholder:"NAME" help:"New name. Applications see it."`
	Description *string `once:"" placeholder:"TEXT" help:"New description."`
}

// mistakes returns every mistake in the options, one a line.
func (c *groupChangeCommand) mistakes() error {
	var nothing error
	if c.Name == nil && c.Description == nil {
		nothing = errors.New("say what to change: --name or --description")
	}
	return errors.Join(c.groupCommand.mistakes(), nothing)
}

// Run changes a group. What is not given stays as it is.
func (c *groupChangeCommand) Run(ctx context.Context, p *Process) error {
	if err := c.mistakes(); err != nil {
		return usageError{listed(err)}
	}
	return c.withGroup(ctx, p, func(s *people.Service, g *group.Group) error {
		name, description := g.Name, g.Description
		if c.Name != nil {
			name = *c.Name
		}
		if c.Description != nil {
			description = *c.Description
		}
		if err := s.ChangeGroup(ctx, auth.Operator, g.ID, name, description); err != nil {
			return err
		}
		return p.say("The group %s is changed.", name)
	})
}

type groupDeleteCommand struct{ groupCommand }

// Run deletes a group.
func (c *groupDeleteCommand) Run(ctx context.Context, p *Process) error {
	return c.withGroup(ctx, p, func(s *people.Service, g *group.Group) error {
		if err := s.DeleteGroup(ctx, auth.Operator, g.ID); err != nil {
			return err
		}
		return p.say("The group %s is deleted.", g.Name)
	})
}

type groupJoinCommand struct {
	groupCommand
	Users []string `arg:"" name:"user" help:"User names, at most 100."`
}

// Run adds people to a group, all or none.
func (c *groupJoinCommand) Run(ctx context.Context, p *Process) error {
	return c.withGroup(ctx, p, func(s *people.Service, g *group.Group) error {
		if err := c.requireKnown(ctx, s); err != nil {
			return err
		}
		joined, err := s.Join(ctx, auth.Operator, g.ID, c.Users)
		if err != nil {
			return err
		}
		return p.say("People who joined the group %s: %d.", g.Name, joined)
	})
}

// requireKnown names those of many names that no account has.
func (c *groupJoinCommand) requireKnown(ctx context.Context, s *people.Service) error {
	var unknown []string
	for _, name := range c.Users {
		_, err := s.IDOf(ctx, name)
		switch {
		case apperr.CodeOf(err) == apperr.NotFound:
			unknown = append(unknown, name)
		case err != nil:
			return err
		}
	}
	if len(unknown) > 0 {
		return fmt.Errorf("there is no account of these names: %s. Nobody joined", strings.Join(unknown, ", "))
	}
	return nil
}

type groupLeaveCommand struct {
	groupCommand
	User string `arg:"" help:"User name."`
}

// Run takes a person out of a group.
func (c *groupLeaveCommand) Run(ctx context.Context, p *Process) error {
	return c.withGroup(ctx, p, func(s *people.Service, g *group.Group) error {
		id, err := s.IDOf(ctx, c.User)
		if err != nil {
			return err
		}
		if err := s.Leave(ctx, auth.Operator, g.ID, id); err != nil {
			return err
		}
		return p.say("%s is no longer in the group %s.", c.User, g.Name)
	})
}
