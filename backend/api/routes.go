package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
)

// Paths outside the JSON interface, and those that other files use.
const (
	pathLive           = "/livez"
	pathReady          = "/readyz"
	pathChangePassword = "/.well-known/change-password"
	pathProblems       = "/problems/"
	pathDocument       = "/api/openapi.json"
	pathLogo           = "/api/brand/logo"
	pathImport         = "/api/people/import"
)

// mount registers everything in order: the middleware of all requests, the
// routes that read no cookie, the JSON interface, the pages.
func (s *server) mount(app *fiber.App) error {
	app.Use(s.begin, s.requireHost, s.requireOwnPage)

	app.Get(pathLive, s.live)
	app.Get(pathReady, s.ready)
	app.Get(pathChangePassword, s.changePasswordPage)
	app.Get(pathProblems+":code", s.problemPage)
	app.Get(pathDocument, s.serveDocument)
	app.Get(pathLogo, s.serveLogo)
	s.routes = routeList{{"GET", pathLive}, {"GET", pathReady}, {"GET", pathChangePassword}, {"GET", pathProblems + "{code}"},
		{"GET", pathDocument}, {"GET", pathLogo}}

	app.Use("/api", s.resolve, s.requireCSRF)
	api := newHuma(adapter{app})
	s.register(api)
	s.routes = append(s.routes, routesOf(api.OpenAPI())...)
	document, err := encodeDocument(api.OpenAPI())
	if err != nil {
		return err
	}
	s.document = document

	app.Use("/api", s.unknownRoute)
	if s.Web != nil {
		app.Use(s.Web)
	}
	return nil
}

// Errors that several routes share.
var (
	notSignedIn = codes{apperr.SignedOut, apperr.SecondFactorOwed}
	owed        = codes{apperr.SetUpOwed, apperr.PasswordChangeOwed}
	codeRefused = codes{apperr.CodeWrong, apperr.CodeUsed, apperr.CodeReplaced, apperr.CodeWait, apperr.CodeStopped,
		apperr.KeyDead, apperr.KeyUnreadable, apperr.ClockChanged, apperr.WrongState}
	keyRefused = codes{apperr.CeremonyEnded, apperr.KeyRefused, apperr.KeyUnknown, apperr.KeyUnverified, apperr.KeyChanged, apperr.KeyCopied,
		apperr.WrongState}
)

// register lists the JSON interface. Each line says who may call the route, what
// it does, and which errors it has beyond those of every route. Package auth
// checks the rest: what the caller still owes, and whether the state allows the
// act.
func (s *server) register(api huma.API) {
	get, post, put, patch, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete

	add(s, api, anyone, get, "/api/setup", "getSetup", "Say whether the first administrator is still to be made", s.getSetup, nil)
	add(s, api, anyone, post, "/api/setup", "createFirstAdministrator", "Make the first administrator, and sign that person in", s.createFirstAdministrator,
		codes{apperr.SetupTokenWrong, apperr.SetupClosed, apperr.Busy})

	add(s, api, anyone, post, "/api/sign-in", "signIn", "Sign in with user name and password", s.signIn,
		codes{apperr.CredentialsWrong, apperr.SignInWait, apperr.Busy})
	add(s, api, pendingSignIn, post, "/api/sign-in/verify", "verifySecondFactor", "Complete a sign-in with a code", s.verifySecondFactor,
		codeRefused.and(apperr.Busy))
	add(s, api, pendingSignIn, post, "/api/sign-in/key/ask", "askSignInKey", "Ask for a passkey or hardware key", s.askSignInKey, codes{apperr.WrongState})
	add(s, api, pendingSignIn, post, "/api/sign-in/key", "verifyKey", "Complete a sign-in with a passkey or hardware key", s.verifyKey, keyRefused)
	add(s, api, pendingSignIn, post, "/api/sign-in/help-code", "useHelpCode", "Open a session that can only enrol, with a help code", s.useHelpCode,
		codeRefused.and(apperr.Busy))
	add(s, api, pendingSignIn, post, "/api/sign-in/extend", "extendSignIn", "Give a pending sign-in ten more minutes, at most ten times", s.extendSignIn,
		codes{apperr.WrongState})
	add(s, api, anyone, del, "/api/sign-in", "cancelSignIn", "End a pending sign-in", s.cancelSignIn, nil)

	add(s, api, anyone, get, "/api/session", "getSession", "Say who is calling and what the pages need to know", s.getSession, nil)
	add(s, api, anyone, del, "/api/session", "signOut", "Sign out", s.signOut, nil)
	add(s, api, signedIn, post, "/api/session/step-up", "stepUp", "Give factors again before a sensitive act", s.stepUp,
		codeRefused.and(keyRefused...).and(apperr.PasswordWrong, apperr.Busy))
	add(s, api, signedIn, post, "/api/session/key/ask", "askSessionKey", "Ask for a passkey or hardware key, for a step-up or to end a pause", s.askSessionKey,
		codes{apperr.WrongState})
	add(s, api, signedIn, del, "/api/notices/{id}", "dismissNotice", "Dismiss a notice", s.dismissNotice,
		owed.and(apperr.NotFound, apperr.StepUpOwed))

	add(s, api, signedIn, del, "/api/help-code", "refuseHelp", "End a help code that the caller did not ask for", s.refuseHelp,
		codes{apperr.WrongState, apperr.SetUpOwed, apperr.StepUpOwed})

	add(s, api, signedIn, get, "/api/two-factor", "getTwoFactor", "Describe the state of the second factor", s.getTwoFactor,
		codes{apperr.PasswordChangeOwed})
	add(s, api, signedIn, patch, "/api/two-factor", "renamePhone", "Change the name of the phone", s.renamePhone,
		owed.and(apperr.StepUpOwed, apperr.WrongState))
	add(s, api, signedIn, post, "/api/two-factor/enrollment", "beginEnrollment", "Begin a set-up or a move to another phone", s.beginEnrollment,
		codes{apperr.PasswordChangeOwed, apperr.StepUpOwed, apperr.PendingKeyEnded, apperr.KeyUnreadable, apperr.WrongState})
	add(s, api, signedIn, post, "/api/two-factor/enrollment/extend", "extendEnrollment", "Give the key that is offered ten more minutes, at most ten times", s.extendEnrollment,
		codes{apperr.PasswordChangeOwed, apperr.PendingKeyEnded, apperr.WrongState})
	add(s, api, signedIn, del, "/api/two-factor/enrollment", "cancelEnrollment", "Cancel a set-up or a move", s.cancelEnrollment,
		codes{apperr.PasswordChangeOwed})
	add(s, api, signedIn, post, "/api/two-factor/enrollment/confirm", "confirmEnrollment", "Confirm the new key with its first code", s.confirmEnrollment,
		codes{apperr.PasswordChangeOwed, apperr.CodeWrong, apperr.PendingKeyEnded, apperr.KeyUnreadable, apperr.WrongState})

	add(s, api, signedIn, post, "/api/two-factor/disable", "disableTwoFactor", "Pause two-factor authentication, or remove all second factors", s.disableTwoFactor,
		owed.and(apperr.StepUpOwed, apperr.TwoFactorRequired, apperr.WrongState))
	add(s, api, signedIn, post, "/api/two-factor/enable", "enableTwoFactor", "End a pause with a code from the app, a passkey or a hardware key", s.enableTwoFactor,
		owed.and(codeRefused...).and(keyRefused...))
	add(s, api, signedIn, post, "/api/two-factor/keys/make", "makeKey", "Begin to make a passkey or hardware key", s.makeKey,
		codes{apperr.PasswordChangeOwed, apperr.StepUpOwed, apperr.TooManyKeys, apperr.KeysImpossible})
	add(s, api, signedIn, post, "/api/two-factor/keys", "addKey", "Add the key that the browser has made", s.addKey,
		codes{apperr.PasswordChangeOwed, apperr.TooManyKeys, apperr.KeysImpossible, apperr.KeyExists, apperr.CeremonyEnded, apperr.KeyRefused, apperr.KeyUnverified})
	add(s, api, signedIn, patch, "/api/two-factor/keys/{id}", "renameKey", "Rename a passkey or hardware key", s.renameKey,
		owed.and(apperr.StepUpOwed, apperr.NotFound))
	add(s, api, signedIn, del, "/api/two-factor/keys/{id}", "removeKey", "Remove a passkey or hardware key", s.removeKey,
		owed.and(apperr.StepUpOwed, apperr.TwoFactorRequired, apperr.NotFound, apperr.WrongState))
	add(s, api, signedIn, del, "/api/two-factor/new-keys/{id}", "refuseKey", "Remove a new key that the caller has not added", s.refuseKey,
		codes{apperr.SetUpOwed, apperr.StepUpOwed, apperr.NotFound, apperr.WrongState})
	add(s, api, signedIn, del, "/api/two-factor/app", "removeApp", "Remove the authenticator app, where there is a key", s.removeApp,
		owed.and(apperr.StepUpOwed, apperr.WrongState))
	add(s, api, signedIn, post, "/api/two-factor/backup-codes", "generateBackupCodes", "Generate backup codes in place of any former ones", s.generateBackupCodes,
		owed.and(apperr.StepUpOwed, apperr.WrongState, apperr.Busy))
	add(s, api, signedIn, post, "/api/two-factor/backup-codes/confirm", "confirmBackupCodes", "Confirm that the codes of a set are saved", s.confirmBackupCodes,
		owed.and(apperr.StepUpOwed, apperr.WrongState))
	add(s, api, signedIn, post, "/api/two-factor/backup-codes/check", "checkBackupCode", "Say whether a saved code would be accepted, without using it up", s.checkBackupCode,
		owed.and(apperr.StepUpOwed, apperr.WrongState, apperr.CodeWait, apperr.CodeStopped, apperr.KeyDead, apperr.Busy))

	add(s, api, signedIn, get, "/api/sessions", "listSessions", "List the account's sessions", s.listSessions, owed)
	add(s, api, signedIn, del, "/api/sessions/{id}", "endSession", "End one other session", s.endSession,
		owed.and(apperr.StepUpOwed, apperr.NotFound, apperr.WrongState))
	add(s, api, signedIn, del, "/api/sessions", "endOtherSessions", "End all other sessions", s.endOtherSessions,
		owed.and(apperr.StepUpOwed))
	add(s, api, signedIn, get, "/api/activity", "listActivity", "List what happened to the account", s.listActivity, owed)
	add(s, api, signedIn, get, "/api/profile", "getProfile", "Show the profile", s.getProfile, nil)
	add(s, api, signedIn, patch, "/api/profile", "changeProfile", "Change the profile", s.changeProfile, nil)
	add(s, api, signedIn, put, "/api/notice-address", "setNoticeAddress", "Change where security notices go", s.setNoticeAddress,
		owed.and(apperr.StepUpOwed, apperr.MailWait))
	add(s, api, signedIn, post, "/api/notice-address/confirm", "confirmNoticeAddress", "Confirm a new address with the code mailed to it", s.confirmNoticeAddress,
		owed.and(apperr.CodeWrong, apperr.AddressCodeEnded))
	add(s, api, signedIn, put, "/api/password", "changePassword", "Change the password", s.changePassword,
		codes{apperr.PasswordWrong, apperr.SetUpOwed, apperr.StepUpOwed, apperr.Busy})

	add(s, api, signedIn, put, "/api/profile/email", "chooseEmail", "Choose the address for notices as the one that applications see, or drop it", s.chooseEmail,
		owed.and(apperr.StepUpOwed, apperr.WrongState))

	add(s, api, anyone, post, "/api/welcome/look", "lookAtLink", "Say whose link it is, and what for", s.lookAtLink,
		codes{apperr.LinkEnded})
	add(s, api, anyone, post, "/api/welcome", "choosePassword", "Choose a password with a link", s.choosePassword,
		codes{apperr.LinkEnded, apperr.Busy})

	add(s, api, signedIn, get, "/api/own-applications", "listOwnApplications", "List the applications that the caller may open", s.listOwnApplications, owed)
	add(s, api, signedIn, post, "/api/open", "openApplication", "Open an application", s.openApplication, owed.and(apperr.NotFound))

	s.registerPeople(api)
	s.registerApplications(api)
	s.registerPolicies(api)
	s.registerAudit(api)
	describeDocument(api.OpenAPI())
}

// worksWhenFull are the routes beside those that only read which work while the
// disk of the embedded database is full, and whether they may use the reserve: those
// that give space back may, the step-up on the way to them may not, since it can be
// repeated. Package auth decides about a sign-in.
var worksWhenFull = map[string]bool{
	"cancelSignIn": true, "signOut": true, "stepUp": false, "endSession": true, "endOtherSessions": true,
	"refuseHelp": true, "refuseKey": true, "askSessionKey": false, "endPersonSession": true, "endPersonSessions": true, "disablePerson": true,
}

// guard says who may call a route.
type guard int

const (
	anyone guard = iota
	pendingSignIn
	signedIn
)

// codes are error codes that a route can answer with.
type codes []apperr.Code

func (c codes) and(more ...apperr.Code) codes { return slices.Concat(c, more) }

// refuse returns why the caller may not use the route, nil when it may. Each
// use case of package auth checks the same; the guard closes a route whose use
// case forgot to.
func (g guard) refuse(caller *auth.Caller) error {
	switch g {
	case pendingSignIn:
		return caller.RequirePending()
	case signedIn:
		return caller.RequireSession()
	default:
		return nil
	}
}

func (g guard) codes() codes {
	switch g {
	case pendingSignIn:
		return codes{apperr.PendingEnded}
	case signedIn:
		return notSignedIn
	default:
		return nil
	}
}

// add registers one route with its guard, the strict check of its body, and the
// errors it documents.
func add[I, O any](s *server, api huma.API, g guard, method, path, id, summary string,
	handle func(context.Context, *I) (*O, error), more codes) {
	op := huma.Operation{
		OperationID: id,
		Method:      method,
		Path:        path,
		Summary:     summary,
		Description: operations[id].text,
		Tags:        []string{operations[id].tag},
		Middlewares: huma.Middlewares{s.strictBody(api)},
	}
	describe(&op, g, more)
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		r := requestOf(ctx)
		if err := g.refuse(r.caller); err != nil {
			return nil, r.fail(err)
		}
		ctx, err := s.withSpace(ctx, method, id, r.caller)
		if err != nil {
			return nil, r.fail(err)
		}
		out, err := handle(ctx, in)
		if err != nil {
			return nil, r.fail(err)
		}
		return out, nil
	})
}

// withSpace refuses a change while the disk is full, and says in the context who may
// use the reserve.
func (s *server) withSpace(ctx context.Context, method, id string, caller *auth.Caller) (context.Context, error) {
	reserve, works := worksWhenFull[id]
	switch {
	case reserve:
		return database.WithReserve(ctx), nil
	case works || method == http.MethodGet || id == "signIn":
		return ctx, nil
	}
	return s.Auth.RequireSpace(ctx, caller)
}

// Shapes of the inputs and outputs that huma reads and writes.
type (
	none        struct{}
	body[T any] struct{ Body T }
	cookies     struct {
		SetCookie []string `header:"Set-Cookie" doc:"New or expired cookies."`
	}
	bodyAndCookies[T any] struct {
		SetCookie []string `header:"Set-Cookie" doc:"New or expired cookies."`
		Body      T
	}
)

// routeList knows which methods a path has.
type routeList []struct{ method, path string }

func routesOf(document *huma.OpenAPI) routeList {
	var list routeList
	for path, item := range document.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				list = append(list, struct{ method, path string }{op.Method, path})
			}
		}
	}
	return list
}

// allowed returns the methods of a path in a fixed order. A path that is not in
// the list is a page or does not exist, and can at most be read.
func (l routeList) allowed(path string) []string {
	methods := l.methods(path)
	if len(methods) == 0 {
		return []string{http.MethodGet, http.MethodHead}
	}
	return methods
}

func (l routeList) methods(path string) []string {
	var methods []string
	for _, route := range l {
		if !matches(route.path, path) {
			continue
		}
		methods = append(methods, route.method)
		if route.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	return methods
}

// matches compares a path with a template such as /api/notices/{id}.
func matches(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(part, value string) bool {
		return part == value || (strings.HasPrefix(part, "{") && value != "")
	})
}

// unknownRoute refuses every request below /api that no route took. Otherwise it
// would get the page.
func (s *server) unknownRoute(c *fiber.Ctx) error {
	if len(s.routes.methods(c.Path())) > 0 {
		return fiber.ErrMethodNotAllowed
	}
	return fiber.ErrNotFound
}
