package people_test

import (
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

// The second factor stays owed after a password link, also where it was paused.
func TestAPasswordLinkEndsAPause(t *testing.T) {
	each(t, func(h *kit) {
		p, helper := h.protected("anna", account.Person), h.protected("helper", account.Helper)
		p.prove()
		i, err := h.Pause(h.ctx, p.caller(), 0)
		h.must(err)
		p.keep(i)
		helper.prove()
		link, err := h.GivePasswordLink(h.ctx, helper.by(), p.id, "en")
		h.must(err)
		h.must(h.at("anna", p.id).useLink(link.Token, goodPassword+" anew"))
		stranger := h.at("anna", p.id)
		if next, err := stranger.trySignIn(goodPassword + " anew"); err != nil || next != auth.NextSecondFactor {
			t.Errorf("the sign-in goes on with %q, %v", next, err)
		}
		if told := h.notices(p.id); !slices.Contains(told, "resumed") {
			t.Errorf("the person is told %q", told)
		}
	})
}

// A helper does not get a link that alone opens an account. An administrator does,
// and where the link is mailed the helper does not see it.
func TestAHelperNeedsTheSecondFactorOfThePerson(t *testing.T) {
	each(t, func(h *kit) {
		p, helper, root := h.person("anna"), h.protected("helper", account.Helper), h.protected("root", account.Administrator)
		h.refused(second(h.GivePasswordLink(h.ctx, helper.by(), p.id, "en")), apperr.RoleOwed)
		if d := first(h.Find(h.ctx, helper.by(), p.id)); slices.Contains(d.May, people.ActPasswordLink) {
			t.Error("the page offers it")
		}
		h.must(second(h.GivePasswordLink(h.ctx, root.by(), p.id, "en")))
	})
	each(t, func(h *kit) {
		p, helper := h.person("anna"), h.protected("helper", account.Helper)
		h.must(h.SetEmail(h.ctx, auth.Operator, p.id, "anna@example.org"))
		link, err := h.GivePasswordLink(h.ctx, helper.by(), p.id, "en")
		if err != nil || link.Token != "" || link.MailedTo != "anna@example.org" {
			t.Errorf("the helper gets %+v, %v", link, err)
		}
	}, func(d *auth.Deps) { d.Mail = true })
}

// Changes of one person do not hide those of another from the administrators.
func TestAPromotionIsNotHidden(t *testing.T) {
	each(t, func(h *kit) {
		root, dora, emil := h.protected("root", account.Administrator), h.protected("dora", account.Person), h.protected("emil", account.Person)
		toggle := func() {
			for range 11 {
				h.must(h.SetRole(h.ctx, auth.Operator, dora.id, account.Helper, false))
				h.must(h.SetRole(h.ctx, auth.Operator, dora.id, account.Person, false))
			}
		}
		toggle()
		h.must(h.SetRole(h.ctx, auth.Operator, emil.id, account.Administrator, false))
		toggle()
		if told := h.notices(root.id); !slices.Contains(told, "role_of_other emil administrator") {
			t.Errorf("root is told %q", told)
		}
	})
}

// One administrator neither gets rid of the others nor gets hold of their accounts
// unseen.
func TestAdministratorsAreToldOfEachOther(t *testing.T) {
	each(t, func(h *kit) {
		root, gina := h.protected("root", account.Administrator), h.protected("gina", account.Administrator)
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			h.protected(name, account.Administrator)
		}
		id := func(name string) int64 { return first(h.IDOf(h.ctx, name)) }
		gina.prove()
		h.must(h.Disable(h.ctx, gina.by(), id("a")))
		h.must(h.Enable(h.ctx, gina.by(), id("a")))
		h.must(h.RemoveSecondFactor(h.ctx, gina.by(), id("b"), "lost"))
		h.must(h.Service.Delete(h.ctx, gina.by(), id("c"), "c", false))
		h.must(second(h.GivePasswordLink(h.ctx, gina.by(), id("d"), "en")))
		h.must(h.SetEmail(h.ctx, gina.by(), id("e"), "e@work.example"))
		h.must(h.Rename(h.ctx, gina.by(), id("e"), people.Names{Username: "f", DisplayName: "Another"}))
		told := h.notices(root.id)
		for _, want := range []string{"gina a disabled", "gina a enabled", "gina b second_factor_removed", "gina c deleted",
			"gina d password_link_given", "gina e email_changed", "gina e renamed"} {
			if !slices.Contains(told, "administrator_changed "+want) {
				t.Errorf("no %q in\n%s", want, strings.Join(told, "\n"))
			}
		}
	})
}

// An act that changes nothing leaves nothing behind. Otherwise its notices and mails
// would bury those of other acts.
func TestNothingIsToldOfNothing(t *testing.T) {
	each(t, func(h *kit) {
		root, anna := h.protected("root", account.Administrator), h.protected("anna", account.Person)
		root.prove()
		h.must(h.EndSessions(h.ctx, root.by(), anna.id))
		h.must(h.Rename(h.ctx, root.by(), anna.id, people.Names{Username: "anna", DisplayName: "Anna Berger"}))
		h.must(h.SetEmail(h.ctx, auth.Operator, anna.id, "anna@work.example"))
		h.must(second(h.GivePasswordLink(h.ctx, auth.Operator, anna.id, "en"))) // stays
		before := h.dump()
		h.must(h.EndSessions(h.ctx, root.by(), anna.id))
		h.must(h.Rename(h.ctx, root.by(), anna.id, people.Names{Username: "anna", DisplayName: " Anna Berger "}))
		h.must(h.SetEmail(h.ctx, root.by(), anna.id, "anna@work.example"))
		h.unchanged(before)
	})
}

// Nobody gives the own group the name of one that opens more.
func TestNobodyRenamesTheOwnGroup(t *testing.T) {
	each(t, func(h *kit) {
		root := h.protected("root", account.Administrator)
		for _, name := range []string{"staff", "cloud-admins"} {
			h.must(second(h.CreateGroup(h.ctx, auth.Operator, name, "")))
		}
		h.must(second(h.Join(h.ctx, auth.Operator, h.groupID("staff"), []string{"root"})))
		h.must(h.ChangeGroup(h.ctx, root.by(), h.groupID("cloud-admins"), "former", ""))
		h.refused(h.ChangeGroup(h.ctx, root.by(), h.groupID("staff"), "cloud-admins", ""), apperr.OwnAccount)
		h.must(h.ChangeGroup(h.ctx, root.by(), h.groupID("staff"), "staff", "Everybody"))
	})
}

// A spreadsheet that divides at another sign than the comma finds no formula either.
func TestNoCellOfAnExportIsAFormula(t *testing.T) {
	table := people.WriteTable(',', []string{"name"}, [][]string{{"=1+1"}, {"Anna;=1+1"}, {"Anna\t@x"}, {"Anna, -2"}, {" =1"}, {"＝1"}, {"x;\"=1+1;y"}, {"a=1;b-2"}, {"Anna-Lena;Ä"}})
	want := []string{"name", "'=1+1", "Anna;'=1+1", "Anna\t'@x", `"Anna,' -2"`, "' =1", "'＝1", `"x;""'=1+1;y"`, "a=1;b-2", "Anna-Lena;Ä", ""}
	if got := strings.Split(table, "\r\n"); !slices.Equal(got, want) {
		t.Errorf("the table is %q, want %q", got, want)
	}
}
