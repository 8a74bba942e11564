package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
	"imagemaster/backend/policy"
)

type policyCommands struct {
	List         policyListCommand    `cmd:"" help:"List the policies."`
	Add          policyAddCommand     `cmd:"" help:"Add a policy: who has to have a second factor, which one, from when. --dry-run only says what it would do."`
	Change       policyChangeCommand  `cmd:"" help:"Change a policy. --dry-run only says what that would do."`
	Delete       policyDeleteCommand  `cmd:"" help:"Delete a policy."`
	Exceptions   exceptionListCommand `cmd:"" help:"List the exceptions."`
	Except       exceptCommand        `cmd:"" help:"Except a person from all policies for a time."`
	EndException endExceptionCommand  `cmd:"" name:"end-exception" help:"End the exception of a person."`
}

// listedPolicy is a line of the list in JSON.
type listedPolicy struct {
	ID        int64           `json:"id"`
	Audience  policy.Audience `json:"audience"`
	Minimum   policy.Minimum  `json:"minimum"`
	Groups    []string        `json:"groups"`
	StartsAt  time.Time       `json:"starts_at"`
	GraceDays int             `json:"grace_days"`
	ChangedAt time.Time       `json:"changed_at"`
}

type policyListCommand struct {
	accountOptions
	JSON bool `once:"" name:"json" help:"Print a line of JSON for each policy."`
}

// Run prints one line per policy.
func (c *policyListCommand) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		all, err := people.New(a).Policies(ctx, auth.Operator)
		if err != nil {
			return err
		}
		if c.JSON {
			lines := json.NewEncoder(p.Stdout)
			for _, one := range all {
				if err := lines.Encode(listedPolicy(one)); err != nil {
					return err
				}
			}
			return nil
		}
		table := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tFOR\tMINIMUM\tSTART\tDAYS OF GRACE\tCHANGED")
		for _, one := range all {
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%d\t%s\n", one.ID, audienceText(one), one.Minimum, one.StartsAt.Format(time.DateOnly), one.GraceDays, one.ChangedAt.Format(time.DateOnly))
		}
		return table.Flush()
	})
}

func audienceText(one people.Policy) string {
	switch one.Audience {
	case policy.Staff:
		return "helpers and administrators"
	case policy.Groups:
		return "groups " + strings.Join(one.Groups, ", ")
	}
	return string(one.Audience)
}

// policyOptions say what a policy asks. What is not given stays as it is.
type policyOptions struct {
	Everybody bool     `once:"" help:"For everybody."`
	Staff     bool     `once:"" help:"For helpers and administrators."`
	Group     []string `once:"" placeholder:"NAME" help:"For the members of a group. May be given several times."`
	Minimum   string   `once:"" enum:",any,resistant" default:"" placeholder:"any|resistant" help:"What is demanded. any: a second factor of any kind, also for a new policy without this option. resistant: a passkey or hardware key, which a phished code cannot replace."`
	Start     string   `once:"" placeholder:"DATE" help:"When it begins: a day (2026-12-01, in UTC) or a time (2026-12-01T08:00:00Z). A new one begins now without it."`
	Grace     *int     `once:"" placeholder:"DAYS" help:"Days of grace, 0 to 365; 14 for a new policy without it. Counted from the start, the account, the joining of the group, the role, or a change that asks more, whichever is latest."`
	DryRun    bool     `once:"" help:"Change nothing, only say what it would do."`
}

// mistakes returns every mistake in the options.
func (o *policyOptions) mistakes() error {
	var several error
	if given := count(o.Everybody, o.Staff, len(o.Group) > 0); given > 1 {
		several = errors.New("a policy is for one of these: --everybody, --staff, or --group")
	}
	_, err := o.start(time.Time{})
	return errors.Join(several, err)
}

func count(all ...bool) (n int) {
	for _, one := range all {
		if one {
			n++
		}
	}
	return n
}

func (o *policyOptions) start(without time.Time) (time.Time, error) {
	if o.Start == "" {
		return without, nil
	}
	return parseDay("--start", o.Start)
}

// over returns a policy with what the options say.
func (o *policyOptions) over(p people.Policy) people.Policy {
	p.StartsAt, _ = o.start(p.StartsAt)
	if o.Grace != nil {
		p.GraceDays = *o.Grace
	}
	if o.Minimum != "" {
		p.Minimum = policy.Minimum(o.Minimum)
	}
	switch {
	case o.Everybody:
		p.Audience, p.Groups = policy.Everybody, nil
	case o.Staff:
		p.Audience, p.Groups = policy.Staff, nil
	case len(o.Group) > 0:
		p.Audience, p.Groups = policy.Groups, o.Group
	}
	return p
}

// tell prints what a policy would do.
func (o *policyOptions) tell(ctx context.Context, p *Process, s *people.Service, one people.Policy) error {
	run, err := s.TryPolicy(ctx, auth.Operator, one)
	if err != nil {
		return err
	}
	withoutKey := ""
	if one.Minimum == policy.Resistant {
		withoutKey = fmt.Sprintf("%d with one but without a passkey or hardware key, ", run.WithoutKey)
	}
	if err := p.say("Nothing was changed. The policy for %s would affect %d people: %d without a second factor, %s%d with a pause, %d without backup codes, %d never signed in, %d excepted.",
		audienceText(one), run.Affected, run.WithoutFactor, withoutKey, run.Paused, run.WithoutCodes, run.NeverSignedIn, run.Excepted); err != nil {
		return err
	}
	for _, person := range run.People {
		if err := p.say("%s\tby %s", person.Username, person.Deadline.UTC().Format(time.RFC3339)); err != nil {
			return err
		}
	}
	if run.More {
		return p.say("… and more. imagemaster user list --filter no_second_factor lists those without a second factor.")
	}
	return nil
}

type policyAddCommand struct {
	accountOptions
	policyOptions
}

func (c *policyAddCommand) mistakes() error {
	var nobody error
	if !c.Everybody && !c.Staff && len(c.Group) == 0 {
		nobody = errors.New("say whom it is for: --everybody, --staff, or --group NAME")
	}
	return errors.Join(c.accountOptions.mistakes(), c.policyOptions.mistakes(), nobody)
}

// Run adds a policy.
func (c *policyAddCommand) Run(ctx context.Context, p *Process) error {
	if err := c.mistakes(); err != nil {
		return usageError{listed(err)}
	}
	return c.with(ctx, p, func(a *auth.Service) error {
		s := people.New(a)
		const defaultGrace = 14
		one := c.over(people.Policy{Minimum: policy.AnyFactor, StartsAt: a.Now(), GraceDays: defaultGrace})
		if c.DryRun {
			return c.tell(ctx, p, s, one)
		}
		id, err := s.CreatePolicy(ctx, auth.Operator, one)
		if err != nil {
			return err
		}
		return p.say("Added policy %d for %s. All administrators are told.", id, audienceText(one))
	})
}

// policyCommand holds the options of commands on one existing policy.
type policyCommand struct {
	accountOptions
	ID int64 `arg:"" help:"Number of the policy, as policy list shows it."`
}

type policyChangeCommand struct {
	policyCommand
	policyOptions
}

func (c *policyChangeCommand) mistakes() error {
	var nothing error
	if !c.Everybody && !c.Staff && len(c.Group) == 0 && c.Minimum == "" && c.Start == "" && c.Grace == nil {
		nothing = errors.New("say what to change: --everybody, --staff, --group, --minimum, --start or --grace")
	}
	return errors.Join(c.accountOptions.mistakes(), c.policyOptions.mistakes(), nothing)
}

// Run changes a policy.
func (c *policyChangeCommand) Run(ctx context.Context, p *Process) error {
	if err := c.mistakes(); err != nil {
		return usageError{listed(err)}
	}
	return c.with(ctx, p, func(a *auth.Service) error {
		s := people.New(a)
		all, err := s.Policies(ctx, auth.Operator)
		if err != nil {
			return err
		}
		for _, one := range all {
			if one.ID != c.ID {
				continue
			}
			one = c.over(one)
			if c.DryRun {
				return c.tell(ctx, p, s, one)
			}
			if err := s.ChangePolicy(ctx, auth.Operator, one); err != nil {
				return err
			}
			return p.say("Policy %d is changed. All administrators are told.", c.ID)
		}
		return errNoPolicy(c.ID)
	})
}

func errNoPolicy(id int64) error {
	return fmt.Errorf("there is no policy %d. imagemaster policy list shows them", id)
}

type policyDeleteCommand struct{ policyCommand }

// Run deletes a policy.
func (c *policyDeleteCommand) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		switch err := people.New(a).DeletePolicy(ctx, auth.Operator, c.ID); {
		case apperr.CodeOf(err) == apperr.NotFound:
			return errNoPolicy(c.ID)
		case err != nil:
			return err
		}
		return p.say("Policy %d is deleted. All administrators are told.", c.ID)
	})
}

type exceptionListCommand struct{ accountOptions }

// Run prints one line per exception.
func (c *exceptionListCommand) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		all, err := people.New(a).Exceptions(ctx, auth.Operator)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "USER\tUNTIL\tGIVEN BY\tREASON")
		for _, one := range all {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", one.Username, one.EndsAt.Format(time.RFC3339), cmp.Or(one.GivenBy, "the operator"), one.Reason)
		}
		return table.Flush()
	})
}

type exceptCommand struct {
	accountCommand
	Reason string `once:"" required:"" placeholder:"TEXT" help:"Why. The events keep it."`
	Until  string `once:"" required:"" placeholder:"DATE" help:"The last day (2026-12-31, in UTC), or the time of its end, within 90 days."`
}

func (c *exceptCommand) mistakes() error {
	_, err := parseDay("--until", c.Until)
	return errors.Join(c.accountOptions.mistakes(), err)
}

// Run excepts a person.
func (c *exceptCommand) Run(ctx context.Context, p *Process) error {
	if err := c.mistakes(); err != nil {
		return usageError{listed(err)}
	}
	until, _ := parseDay("--until", c.Until)
	if !strings.Contains(c.Until, "T") { // a day is the last one
		until = until.AddDate(0, 0, 1)
	}
	return c.withPerson(ctx, p, func(s *people.Service, id int64) error {
		if err := s.GiveException(ctx, auth.Operator, id, c.Reason, until); err != nil {
			return err
		}
		return p.say("No policy asks for a second factor of %s until %s.", c.Name, until.UTC().Format(time.RFC3339))
	})
}

type endExceptionCommand struct{ accountCommand }

// Run ends an exception.
func (c *endExceptionCommand) Run(ctx context.Context, p *Process) error {
	return c.withPerson(ctx, p, func(s *people.Service, id int64) error {
		if err := s.EndException(ctx, auth.Operator, id); err != nil {
			return err
		}
		return p.say("The policies hold for %s again.", c.Name)
	})
}
