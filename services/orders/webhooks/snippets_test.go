package webhooks_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"microdemo/kit/kittest"
	"microdemo/services/orders/webhooks"
)

// programs make a program of a snippet of docs/webhooks.md: it reads a delivery
// and prints whether it verifies.
var programs = map[string]struct {
	file, before, after string
	run                 []string
}{
	"go": {"main.go", `package main
import ("crypto/hmac"; "crypto/sha256"; "encoding/base64"; "encoding/json"; "fmt"; "net/http"; "os"; "slices"; "strconv"; "strings"; "time")
`, `
func main() {
	var in struct { Secret, Body string; Headers map[string]string }
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil { panic(err) }
	headers := http.Header{}
	for name, value := range in.Headers { headers.Set(name, value) }
	fmt.Println(verify(in.Secret, headers, []byte(in.Body)))
}`, []string{"go", "run"}},
	"python": {"main.py", "", `
import json, sys
delivery = json.load(sys.stdin)
print(str(verify(delivery["Secret"], delivery["Headers"], delivery["Body"].encode())).lower())
`, []string{"python3"}},
	"js": {"main.mjs", "", `
import { readFileSync } from "node:fs";
const delivery = JSON.parse(readFileSync(0, "utf8"));
console.log(verify(delivery.Secret, delivery.Headers, Buffer.from(delivery.Body)));
`, []string{"node"}},
}

// delivery is one as a receiver gets it.
type delivery struct {
	Secret, Body string
	Headers      map[string]string
}

func TestSnippets_OfTheDocumentVerify(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	real := realDelivery(t)
	samples := map[string]struct {
		delivery
		want string
	}{"real": {real, "true"}}
	add := func(name, want string, change func(*delivery)) {
		d := delivery{real.Secret, real.Body, map[string]string{}}
		for k, v := range real.Headers {
			d.Headers[k] = v
		}
		change(&d)
		samples[name] = struct {
			delivery
			want string
		}{d, want}
	}
	add("another body", "false", func(d *delivery) { d.Body += " " })
	add("another secret", "false", func(d *delivery) { d.Secret = webhookSecret })
	add("another id", "false", func(d *delivery) { d.Headers["webhook-id"] += "1" })
	add("no signature", "false", func(d *delivery) { d.Headers["webhook-signature"] = "v1, é" })
	add("two signatures", "true", func(d *delivery) { d.Headers["webhook-signature"] = "v1,AAAA " + d.Headers["webhook-signature"] })
	add("an hour old", "false", func(d *delivery) { d.sign(t, time.Now().Add(-time.Hour)) })
	add("signed again", "true", func(d *delivery) { d.sign(t, time.Now()) })

	for language, p := range programs {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			if err := exec.Command(p.run[0], "--help").Run(); err != nil && language != "go" { // go has no --help
				if language == "js" && os.Getenv("CI") == "true" {
					t.Fatal(err)
				}
				t.Skipf("%s does not run here: %v", p.run[0], err)
			}
			snippet := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(document)
			if snippet == nil {
				t.Fatal("the document has no snippet")
			}
			file := filepath.Join(t.TempDir(), p.file)
			if err := os.WriteFile(file, []byte(p.before+string(snippet[1])+p.after), 0o600); err != nil {
				t.Fatal(err)
			}
			command := slices.Concat(p.run[1:], []string{file})
			if language == "go" { // compiled once
				binary := file + ".bin"
				if out, err := exec.Command("go", "build", "-o", binary, file).CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				p.run, command = []string{binary}, nil
			}
			for name, sample := range samples {
				in, err := json.Marshal(sample.delivery)
				if err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(p.run[0], command...)
				cmd.Stdin = bytes.NewReader(in)
				out, err := cmd.CombinedOutput()
				if err != nil || strings.TrimSpace(string(out)) != sample.want {
					t.Errorf("%s: %s, want %s (%v)", name, out, sample.want, err)
				}
			}
		})
	}
}

const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func (d *delivery) sign(t *testing.T, at time.Time) {
	signer, err := standardwebhooks.NewWebhook(d.Secret)
	if err != nil {
		t.Fatal(err)
	}
	d.Headers["webhook-timestamp"] = strconv.FormatInt(at.Unix(), 10)
	if d.Headers["webhook-signature"], err = signer.Sign(d.Headers["webhook-id"], at, []byte(d.Body)); err != nil {
		t.Fatal(err)
	}
}

// realDelivery is one that a service has sent.
func realDelivery(t *testing.T) (d delivery) {
	t.Helper()
	w := start(t, soon())
	w.orders("ORD-0")
	sent := make(chan delivery, 1)
	r := newReceiver(t, func(_ http.ResponseWriter, r *http.Request, g got) {
		d := delivery{Body: string(g.Body), Headers: map[string]string{}}
		for name := range r.Header {
			d.Headers[strings.ToLower(name)] = r.Header.Get(name)
		}
		sent <- d
	})
	var made webhooks.NewEndpoint
	w.client.Do(t, "POST", "/orders/webhooks", m{"url": r.server.URL}).Want(201).Into(&made)
	r.trust(made.Secret)
	w.change("ORD-0", "processing")
	select {
	case d = <-sent:
	case <-time.After(kittest.Deadline):
		t.Fatal("nothing was sent")
	}
	d.Secret = made.Secret
	return d
}
