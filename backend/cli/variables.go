package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

const variablePrefix = "IMAGEMASTER_"

// variables sets options from the environment. An empty variable counts as not
// set, because templates leave an option out that way.
type variables map[string]string

func newVariables(environ []string) variables {
	v := variables{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, variablePrefix) && !isOfService(name, value) {
			v[name] = value
		}
	}
	return v
}

// ofService are the variables that Kubernetes and Docker set in every container
// beside a service whose name is imagemaster or begins with it: where it is. They
// are not ours.
var ofService = regexp.MustCompile(`_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]+)?$|_PORT_[0-9]+_(TCP|UDP|SCTP)(_[A-Z_]+)?$|_ENV_`)

func isOfService(name, value string) bool {
	if ofService.MatchString(name) {
		return true
	}
	isAddress := strings.HasPrefix(value, "tcp://") || strings.HasPrefix(value, "udp://") || strings.HasPrefix(value, "sctp://")
	isLink := strings.HasSuffix(name, "_NAME") && name != variablePrefix+"BRAND_NAME" && strings.HasPrefix(value, "/")
	return strings.HasSuffix(name, "_PORT") && isAddress || isLink
}

// variableOf returns the variable of an option.
func variableOf(flag *kong.Flag) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
}

// isSetting reports whether an option has a variable. Options with the tag "once"
// belong to one call and have none.
func isSetting(flag *kong.Flag) bool { return flag.Name != "help" && !flag.Tag.Has("once") }

// resolver hands the variables to the parser.
type resolver struct {
	variables
	last string // the variable whose value the parser took last
}

// Resolve implements kong.Resolver.
func (r *resolver) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name := variableOf(flag)
	if value := r.variables[name]; value != "" && isSetting(flag) {
		r.last = name
		return value, nil
	}
	return nil, nil
}

// Validate implements kong.Resolver. unknown looks at the names.
func (r *resolver) Validate(*kong.Application) error { return nil }

// unknown refuses a misspelt variable, whose option would otherwise silently keep
// its default. Each command accepts the variables of all commands, because they
// often stand in one file.
func (v variables) unknown(app *kong.Application) error {
	known := map[string]bool{}
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && isSetting(flag) {
			known[variableOf(flag)] = true
		}
		return next(nil)
	})
	var unknown []string
	for name := range v {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("no option has the variable %s", strings.Join(unknown, ", "))
}

// withVariable adds the default and the variable to an option's help.
func withVariable(value *kong.Value) string {
	if value.Flag == nil {
		return value.Help
	}
	help := value.Help
	if value.Default != "" {
		help += " Default: " + value.Default + "."
	}
	if isSetting(value.Flag) {
		help += " ($" + variableOf(value.Flag) + ")"
	}
	return help
}
