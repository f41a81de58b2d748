package webhooks

import "microdemo/kit"

// The problems of operations on webhooks.
var (
	webhookNotFound = kit.ProblemType{
		Kind: kit.NotFound, Code: "webhook-not-found",
		Detail: "There is no webhook {id}.",
		Remedy: "List the webhooks; this one may have been deleted.",
	}
	webhookLimitReached = kit.ProblemType{
		Kind: kit.Conflict, Code: "webhook-limit-reached",
		Detail: "There are {limit} webhooks already, which is the limit; delete one first.",
		Remedy: "Delete a webhook that is no longer needed.",
	}
	webhookFromEnvironment = kit.ProblemType{
		Kind: kit.Conflict, Code: "webhook-from-environment",
		Detail: "Webhook {id} is named by WEBHOOK_URLS; remove it there.",
		Remedy: "Remove the address from WEBHOOK_URLS and restart the service.",
	}
	webhookDisabled = kit.ProblemType{
		Kind: kit.Conflict, Code: "webhook-disabled",
		Detail: "Webhook {id} is disabled; a successful test enables it.",
		Remedy: "Test the webhook once its receiver works, and try again.",
	}
	deliveryNotFound = kit.ProblemType{
		Kind: kit.NotFound, Code: "delivery-not-found",
		Detail: "There is no delivery {id}.",
		Remedy: "List the deliveries; old ones are removed.",
	}
	deliveryWaiting = kit.ProblemType{
		Kind: kit.Conflict, Code: "delivery-waiting",
		Detail: "An earlier delivery of the same order comes first; redeliver that one.",
		Remedy: "Redeliver the oldest delivery of the order that has not arrived.",
	}
)

// The rules for the address of an endpoint.
var (
	urlTooLong        = kit.Rule{Code: "webhook-url-too-long", Message: "expected at most {maximum} bytes"}
	urlNotASCII       = kit.Rule{Code: "webhook-url-ascii", Message: "expected ASCII without spaces; write other letters of a host in punycode and others percent-encoded"}
	urlShape          = kit.Rule{Code: "webhook-url-shape", Message: "expected an address such as https://example.com/hooks"}
	urlCredentials    = kit.Rule{Code: "webhook-url-credentials", Message: "expected no user or password in the address; deliveries are signed"}
	urlFragment       = kit.Rule{Code: "webhook-url-fragment", Message: "expected no fragment"}
	urlPortMissing    = kit.Rule{Code: "webhook-url-port-missing", Message: "expected a port after the colon"}
	urlPortRange      = kit.Rule{Code: "webhook-url-port-range", Message: "expected a port from 1 to 65535, without leading zeros"}
	urlPortPrivileged = kit.Rule{Code: "webhook-url-port-privileged", Message: "expected port 80, 443, or one from 1024"}
	urlHostEncoded    = kit.Rule{Code: "webhook-url-host-encoded", Message: "expected a host without a zone and percent-encoding"}
	urlHostName       = kit.Rule{Code: "webhook-url-host-name", Message: "expected the name of a host"}
	urlHostNumeric    = kit.Rule{Code: "webhook-url-host-numeric", Message: "expected an IPv4 address as four decimal numbers"}
	urlHostNotPublic  = kit.Rule{Code: "webhook-url-host-not-public", Message: "expected a public address; this one is private, local or reserved"}
	urlHostLocal      = kit.Rule{Code: "webhook-url-host-local", Message: "expected a full name such as example.com; this one is local"}
	urlHostReserved   = kit.Rule{Code: "webhook-url-host-reserved", Message: "expected a public name; those that end in .{domain} are local or reserved"}
)

// ProblemTypes and Rules are those that the operations of this package answer.
var (
	ProblemTypes = []kit.ProblemType{
		webhookNotFound, webhookLimitReached, webhookFromEnvironment, webhookDisabled, deliveryNotFound, deliveryWaiting,
	}
	Rules = []kit.Rule{
		urlTooLong, urlNotASCII, urlShape, urlCredentials, urlFragment, urlPortMissing, urlPortRange, urlPortPrivileged,
		urlHostEncoded, urlHostName, urlHostNumeric, urlHostNotPublic, urlHostLocal, urlHostReserved,
	}
)
