package csvfile_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
	"microdemo/kit/csvfile"
	"microdemo/kit/kittest"
)

// TestExport_MakesNoFileForHEAD asks for the headers of a file, also while the
// caller's one export runs.
func TestExport_MakesNoFileForHEAD(t *testing.T) {
	t.Parallel()
	env := kit.NewEnv(slog.New(slog.DiscardHandler))
	api := kit.NewAPI("x", "For tests.", nil, nil, kit.NewTokens(kittest.Secret, env.Now), env)
	columns := []string{"id"}
	written := 0
	kit.Register(api, kit.Anyone, csvfile.ExportOperation(huma.Operation{OperationID: "export", Path: "/x/export/csv"}, columns),
		csvfile.ExportHandler("x.csv", columns, func(context.Context, *csvfile.Writer) error {
			written++
			head := httptest.NewRecorder() // the same caller may run only one export
			api.ServeHTTP(head, httptest.NewRequest(http.MethodHead, "/x/export/csv", nil))
			if head.Code != http.StatusOK {
				t.Errorf("HEAD meanwhile: %d", head.Code)
			}
			return nil
		}))
	var answers [2]*httptest.ResponseRecorder
	for i, method := range []string{http.MethodHead, http.MethodGet} {
		answers[i] = httptest.NewRecorder()
		api.ServeHTTP(answers[i], httptest.NewRequest(method, "/x/export/csv", nil))
		if answers[i].Code != http.StatusOK {
			t.Errorf("%s: %d %s", method, answers[i].Code, answers[i].Body)
		}
	}
	for _, header := range []string{"Content-Type", "Content-Disposition"} {
		if head, get := answers[0].Header().Get(header), answers[1].Header().Get(header); head != get || head == "" {
			t.Errorf("%s: %q and %q", header, head, get)
		}
	}
	if written != 1 {
		t.Errorf("the file was made %d times", written)
	}
}
