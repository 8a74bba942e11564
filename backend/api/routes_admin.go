package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"imagemaster/backend/apperr"
)

// What every route of helpers and administrators can answer, those that change the
// account of somebody else, and those for which it has to be in some state.
var (
	rolesRefused = owed.and(apperr.RoleOwed, apperr.FactorOwed, apperr.StepUpOwed)
	actRefused   = rolesRefused.and(apperr.NotFound, apperr.OwnAccount)
	stateRefused = actRefused.and(apperr.WrongState)
)

// registerPeople lists the routes of helpers and administrators. Package people checks
// the role, the second factor and the step-up, and which account it is.
func (s *server) registerPeople(api huma.API) {
	get, post, put, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete

	add(s, api, signedIn, get, "/api/people", "listPeople", "List people", s.listPeople, rolesRefused.and(apperr.Busy))
	add(s, api, signedIn, post, "/api/people/export", "exportPeople", "Export a list of people", s.exportPeople, rolesRefused.and(apperr.Busy))
	add(s, api, signedIn, post, "/api/people", "invitePerson", "Make an account and an invitation for it", s.invite, rolesRefused)
	add(s, api, signedIn, post, pathImport+"/check", "checkTable", "Say what an import of a table would do", s.checkTable, rolesRefused)
	add(s, api, signedIn, post, pathImport, "importTable", "Make all accounts of a table, or none", s.importTable, rolesRefused)
	add(s, api, signedIn, get, "/api/people/{id}", "getPerson", "Describe one person", s.getPerson, rolesRefused.and(apperr.NotFound))
	add(s, api, signedIn, get, "/api/people/{id}/activity", "listPersonActivity", "List what happened to the account of a person", s.listPersonActivity,
		rolesRefused.and(apperr.NotFound))
	add(s, api, signedIn, del, "/api/people/{id}/sessions/{session}", "endPersonSession", "End one session of a person", s.endPersonSession, actRefused)
	add(s, api, signedIn, del, "/api/people/{id}/sessions", "endPersonSessions", "End all sessions of a person", s.endPersonSessions, actRefused)
	add(s, api, signedIn, post, "/api/people/{id}/password-link", "givePasswordLink", "Give a link to choose another password", s.givePasswordLink,
		stateRefused.and(apperr.ActedLately, apperr.HelpStopped, apperr.MailWait))
	add(s, api, signedIn, post, "/api/people/{id}/help-code", "giveHelpCode", "Give a code to enrol a new second factor with", s.giveHelpCode,
		stateRefused.and(apperr.ActedLately, apperr.HelpStopped, apperr.Busy))
	add(s, api, signedIn, post, "/api/people/{id}/invitation", "renewInvitation", "Give a new link to an invited person", s.renewInvitation,
		stateRefused.and(apperr.MailWait))
	add(s, api, signedIn, post, "/api/people/{id}/disable", "disablePerson", "Keep a person out", s.disablePerson, stateRefused.and(apperr.LastAdministrator))
	add(s, api, signedIn, post, "/api/people/{id}/enable", "enablePerson", "Let a person in again", s.enablePerson, stateRefused)
	add(s, api, signedIn, post, "/api/people/{id}/remove-second-factor", "removePersonFactor", "Remove the second factor of a person", s.removePersonFactor,
		stateRefused.and(apperr.ActedLately, apperr.HelpStopped, apperr.PasswordKnown, apperr.LastAdministrator))
	add(s, api, signedIn, put, "/api/people/{id}/name", "renamePerson", "Change the names of a person", s.renamePerson, actRefused)
	add(s, api, signedIn, put, "/api/people/{id}/email", "setPersonEmail", "Change the address of a person that applications see", s.setPersonEmail,
		actRefused.and(apperr.ActedLately, apperr.HelpStopped))
	add(s, api, signedIn, put, "/api/people/{id}/role", "setPersonRole", "Change what a person may do for others", s.setPersonRole,
		stateRefused.and(apperr.FactorMissing, apperr.LastAdministrator))
	add(s, api, signedIn, put, "/api/people/{id}/groups", "setPersonGroups", "Change the groups of a person", s.setPersonGroups, actRefused)
	add(s, api, signedIn, post, "/api/people/{id}/delete", "deletePerson", "Delete an account", s.deletePerson, actRefused.and(apperr.LastAdministrator))

	add(s, api, signedIn, put, "/api/people/{id}/exception", "giveException", "Except a person from the policies for a time", s.giveException, actRefused)
	add(s, api, signedIn, del, "/api/people/{id}/exception", "endException", "End the exception of a person", s.endException, stateRefused)

	add(s, api, signedIn, get, "/api/groups", "listGroups", "List the groups", s.listGroups, rolesRefused)
	add(s, api, signedIn, post, "/api/groups", "createGroup", "Make a group", s.createGroup, rolesRefused)
	add(s, api, signedIn, put, "/api/groups/{id}", "changeGroup", "Change the name and the description of a group", s.changeGroup, rolesRefused.and(apperr.NotFound, apperr.OwnAccount))
	add(s, api, signedIn, del, "/api/groups/{id}", "deleteGroup", "Delete a group", s.deleteGroup, rolesRefused.and(apperr.NotFound, apperr.OwnAccount, apperr.GroupInUse))
	add(s, api, signedIn, get, "/api/groups/{id}/members", "listMembers", "List the members of a group", s.listMembers, rolesRefused.and(apperr.NotFound))
	add(s, api, signedIn, post, "/api/groups/{id}/members", "joinGroup", "Add people to a group", s.joinGroup, rolesRefused.and(apperr.NotFound, apperr.OwnAccount))
	add(s, api, signedIn, del, "/api/groups/{id}/members/{account}", "leaveGroup", "Take a person out of a group", s.leaveGroup, rolesRefused.and(apperr.NotFound, apperr.OwnAccount))
}

// registerPolicies lists the routes of administrators about who has to have a second factor.
func (s *server) registerPolicies(api huma.API) {
	get, post, put, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete

	add(s, api, signedIn, get, "/api/policies", "listPolicies", "List the policies and the exceptions from them", s.listPolicies, rolesRefused)
	add(s, api, signedIn, post, "/api/policies", "createPolicy", "Add a policy", s.createPolicy, rolesRefused.and(apperr.PolicyNotMet, apperr.WrongState, apperr.KeysImpossible))
	add(s, api, signedIn, post, "/api/policies/try", "tryPolicy", "Say what a policy would do", s.tryPolicy, rolesRefused.and(apperr.NotFound, apperr.Busy))
	add(s, api, signedIn, put, "/api/policies/{id}", "changePolicy", "Change a policy", s.changePolicy, rolesRefused.and(apperr.NotFound, apperr.PolicyNotMet, apperr.KeysImpossible))
	add(s, api, signedIn, del, "/api/policies/{id}", "deletePolicy", "Delete a policy", s.deletePolicy, rolesRefused.and(apperr.NotFound))
}

// registerApplications lists the routes of administrators about applications.
func (s *server) registerApplications(api huma.API) {
	get, post, put, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete

	add(s, api, signedIn, get, "/api/applications", "listApplications", "List the applications", s.listApplications, rolesRefused)
	add(s, api, signedIn, post, "/api/applications", "createApplication", "Add an application", s.createApplication, rolesRefused.and(apperr.KeysImpossible))
	add(s, api, signedIn, post, "/api/applications/try", "tryApplication", "Say what would happen to a request of a person", s.tryApplication, rolesRefused)
	add(s, api, signedIn, get, "/api/applications/{id}", "getApplication", "Describe one application", s.getApplication, rolesRefused.and(apperr.NotFound))
	add(s, api, signedIn, put, "/api/applications/{id}", "changeApplication", "Change an application", s.changeApplication,
		rolesRefused.and(apperr.NotFound, apperr.WrongState, apperr.KeysImpossible))
	add(s, api, signedIn, del, "/api/applications/{id}", "deleteApplication", "Delete an application", s.deleteApplication, rolesRefused.and(apperr.NotFound))
	add(s, api, signedIn, get, "/api/applications/{id}/proxy", "getProxySettings", "Show the settings of reverse proxies for an application", s.getProxySettings,
		rolesRefused.and(apperr.NotFound))
}

// registerAudit lists the routes of administrators for auditors.
func (s *server) registerAudit(api huma.API) {
	get, post := http.MethodGet, http.MethodPost

	add(s, api, signedIn, get, "/api/events", "listEvents", "List what happened to everybody", s.listEvents, rolesRefused.and(apperr.Busy))
	add(s, api, signedIn, post, "/api/events/export", "exportEvents", "Export events of everybody", s.exportEvents, rolesRefused.and(apperr.Busy))
	add(s, api, signedIn, get, "/api/report", "getReport", "Say whom the second factor covers", s.getReport, rolesRefused.and(apperr.Busy))
	add(s, api, signedIn, post, "/api/report/export", "exportReport", "Export the report", s.exportReport, rolesRefused.and(apperr.Busy))
}
