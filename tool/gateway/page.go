package gateway

import (
	"html/template"
	"strings"
)

// pagePolicy forbids loading anything; the style is inline.
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// page is the page at "/", with commands to copy that use host.
func page(host string) string {
	var out strings.Builder
	_ = pageTemplate.Execute(&out, host) // writing to memory does not fail
	return out.String()
}

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>microdemo</title>
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem }
td, th { text-align: left; padding: .2rem 1.5rem .2rem 0 }
pre { overflow-x: auto; padding: 1rem; border: 1px solid; border-radius: .4rem }
</style>
</head>
<body>
<main>
<h1>microdemo</h1>
<p>Order management in three services: users, orders and inventory. This is their gateway.</p>
<table>
<thead><tr><th scope="col">Service</th><th scope="col">Documentation</th><th scope="col">OpenAPI</th></tr></thead>
<tbody>
<tr><td>users</td><td><a href="/users/docs">/users/docs</a></td><td><a href="/users/openapi.json">/users/openapi.json</a></td></tr>
<tr><td>orders</td><td><a href="/orders/docs">/orders/docs</a></td><td><a href="/orders/openapi.json">/orders/openapi.json</a></td></tr>
<tr><td>inventory</td><td><a href="/inventory/docs">/inventory/docs</a></td><td><a href="/inventory/openapi.json">/inventory/openapi.json</a></td></tr>
</tbody>
</table>
<h2>The console</h2>
<p>This <code>microdemo</code> was built without the console. With Node.js 20 or later and npm installed,
<code>make run</code> builds and serves it.</p>
<h2>Sign in</h2>
<p>With the demo data from <code>microdemo up --seed</code>:</p>
<pre>curl -s http://{{.}}/users/login \
  -H 'Content-Type: application/json' \
  -d '{"email":"bob@example.com","password":"password123"}'</pre>
<p>Send the <code>access_token</code> from the response with further requests:</p>
<pre>curl -s http://{{.}}/orders/ -H "Authorization: Bearer $TOKEN"</pre>
</main>
</body>
</html>
`))
