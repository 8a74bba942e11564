package api

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"imagemaster/backend/apperr"
)

// Problem is the answer to every request that fails (RFC 9457). answerError
// fills and writes it.
type Problem struct {
	Type        string         `json:"type" format:"uri" doc:"Absolute address of a description of this kind of problem; its last part is the code."`
	Title       string         `json:"title" doc:"What kind of problem it is, always the same for a code."`
	Status      int            `json:"status" doc:"The HTTP status."`
	Detail      string         `json:"detail" doc:"What happened and what to do, in English, for people; not for programs."`
	Code        apperr.Code    `json:"code" doc:"The kind of problem, stable: branch on this."`
	TriesLeft   *int           `json:"tries_left,omitempty" doc:"How many tries are left before a wait or the end."`
	WaitSeconds *int64         `json:"wait_seconds,omitempty" doc:"Whole seconds until the next try."`
	Need        []apperr.Need  `json:"need,omitempty" nullable:"false" enum:"password,code,app_code,key" doc:"What a step-up still has to give. code: any second factor. app_code: a code of the app or a backup code. key: a key that counts as phishing-resistant, or a backup code."`
	Errors      []FieldProblem `json:"errors,omitempty" nullable:"false" doc:"Which members of the request are refused, and why."`
	RequestID   string         `json:"request_id" doc:"Names this request in the server's log."`

	facts map[string]any
}

// FieldProblem is one refused member.
type FieldProblem struct {
	Pointer string `json:"pointer" doc:"JSON Pointer to the member, as a URI fragment; # is the whole body." example:"#/code"`
	Reason  string `json:"reason" doc:"Why, as a stable word: malformed, unknown, duplicate, missing, wrong_type, too_deep, not_allowed, or one of the member's own." example:"malformed"`
}

// Error implements error.
func (p *Problem) Error() string { return string(p.Code) }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// MarshalJSON adds the facts of the error as further members.
func (p *Problem) MarshalJSON() ([]byte, error) {
	type plain Problem
	body, err := json.Marshal((*plain)(p))
	if err != nil || len(p.facts) == 0 {
		return body, err
	}
	facts, err := json.Marshal(p.facts)
	if err != nil {
		return nil, err
	}
	return append(append(body[:len(body)-1], ','), facts[1:]...), nil
}

// TransformSchema lists the codes and the facts that some of them add.
func (*Problem) TransformSchema(_ huma.Registry, schema *huma.Schema) *huma.Schema {
	for _, code := range apperr.Codes() {
		schema.Properties["code"].Enum = append(schema.Properties["code"].Enum, string(code))
	}
	schema.Properties["clock_offset_seconds"] = &huma.Schema{
		Type:        huma.TypeInteger,
		Format:      "int64",
		Description: "How far the phone's clock seems to be off, in seconds; negative = slow. Told only where it gives nothing away.",
	}
	schema.AdditionalProperties = true
	return schema
}
