package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// requestTypes are the types of all bodies; each has a schema of the same name.
var requestTypes = []any{
	SetupRequest{}, SignInRequest{}, CodeRequest{}, StepUpRequest{}, KeyKind{}, AskRequest{}, KeyAnswer{}, KeyName{}, PhoneRequest{}, ConfirmRequest{}, DisableRequest{},
	EnableRequest{}, GenerateRequest{}, SavedRequest{}, CheckRequest{}, ProfileRequest{}, AddressRequest{}, AddressCodeRequest{}, PasswordRequest{},
	EmailChoice{}, TokenRequest{}, WelcomeRequest{}, ExportRequest{}, InviteRequest{}, TableRequest{}, ImportRequest{}, InvitationRequest{},
	PasswordLinkRequest{}, ReasonRequest{}, NamesRequest{}, EmailRequest{}, RoleRequest{}, GroupsRequest{}, UsernameRequest{}, GroupRequest{}, JoinRequest{},
	ApplicationRequest{}, TrialRequest{}, OpenRequest{}, HelpCodeRequest{}, UseHelpRequest{}, PolicyRequest{}, PolicyTrialRequest{}, ExceptionRequest{},
	EventsExportRequest{}, ReportExportRequest{},
}

// TestRequestTypesAreAll keeps the list above complete.
func TestRequestTypesAreAll(t *testing.T) {
	known := map[string]bool{}
	for _, one := range requestTypes {
		known[reflect.TypeOf(one).Name()] = true
	}
	for name := range documented().Components.Schemas.Map() {
		if strings.HasSuffix(name, "Request") && !known[name] {
			t.Errorf("%s is missing", name)
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("%s is no body of a request", name)
	}
}

// FuzzBodyTypes: a strict decoder reads every body that passes, into the same
// values, and drops nothing.
func FuzzBodyTypes(f *testing.F) {
	for i, body := range []string{
		`{"token":"x","username":"ada","password":"p","display_name":""}`, `{"username":"ada","password":"p"}`, `{"code":"1"}`, `{"password":"p"}`,
		`{"phone_name":"x"}`, `{"extend":true}`, `{"code":"1","phone_name":null}`, `{"mode":"pause","for":"day"}`, `{"code":""}`,
		`{"paper":"a4","language":"de"}`, `{"number":9223372036854775808}`, `{"code":"\u0000"}`, `{"language":"de","theme":null}`,
		`{"email":"a@b","language":""}`, `{"code":1e2}`, `{"current_password":"p","password":"\ud800"}`,
		`{"use_notice_address":true}`, `{"token":"t"}`, `{"token":"t","password":"p"}`, `{"format":"csv","search":"","filter":"","group":-1}`,
		`{"username":"u","display_name":"","email":"","groups":["a","b"],"hours":1,"language":"en"}`, `{"csv":"a\nb"}`,
		`{"csv":"","hours":9223372036854775807,"language":"de"}`, `{"hours":0,"language":"en"}`, `{"language":"de"}`, `{"reason":"r"}`,
		`{"username":"u","display_name":"d"}`, `{"email":""}`, `{"role":"helper"}`, `{"groups":[]}`, `{"username":"u"}`, `{"name":"n","description":""}`, `{"usernames":["u"]}`,
		`{"name":"n","addresses":["a"],"rules":[{"path":"/","methods":"all","who":"groups","groups":["g"],"factor":"two","max_age_minutes":1,"origins":[]}],"revision":0}`,
		`{"reason":"r","minutes":15}`, `{"audience":"groups","minimum":"resistant","groups":["g"],"starts_at":"2026-12-01T00:00:00Z","grace_days":14}`,
		`{"id":1,"audience":"staff","minimum":"any","groups":[],"starts_at":"x","grace_days":-1}`, `{"reason":"r","ends_at":"2026-12-01T00:00:00+01:00"}`,
		`{"address":"a","method":"GET","username":""}`, `{"app":"a","to":"/","state":"s","again":true}`,
		`{"format":"csv","person":"ada","by":"","kind":"sign_in","address":"::/0","since":"","until":""}`, `{"format":"json","days":1e9}`,
	} {
		f.Add(uint8(i), []byte(body))
		f.Add(uint8(i+1), []byte(strings.Replace(body, `"`, ` "`, 1)))
	}
	schemas := documented().Components.Schemas
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		kind := reflect.TypeOf(requestTypes[int(which)%len(requestTypes)])
		wanted := bodyOf(schemas.SchemaFromRef("#/components/schemas/" + kind.Name()))
		if checkBody(body, wanted, schemas) != nil {
			return
		}
		read := reflect.New(kind)
		strict := json.NewDecoder(bytes.NewReader(body))
		strict.DisallowUnknownFields()
		if err := strict.Decode(read.Interface()); err != nil {
			t.Fatalf("%s: %q passed and cannot be read: %v", kind.Name(), body, err)
		}
		written, err := json.Marshal(read.Interface())
		if err != nil {
			t.Fatal(err)
		}
		if err := checkBody(written, wanted, schemas); err != nil {
			t.Errorf("%s: %q is written as %q, which is refused: %v", kind.Name(), body, written, err)
		}
		var before, after map[string]any
		if err := errors.Join(json.Unmarshal(body, &before), json.Unmarshal(written, &after)); err != nil {
			t.Fatal(err)
		}
		for name, value := range before {
			if got := after[name]; !reflect.DeepEqual(got, value) && value != nil && value != "" && value != false {
				t.Errorf("%s: of %q the member %s is read as %v", kind.Name(), body, name, got)
			}
		}
	})
}
