package events

import "microdemo/kit"

// The problems of event streams.
var (
	tooManyStreams = kit.ProblemType{
		Kind: kit.Unavailable, Code: "too-many-streams",
		Detail: "Too many event streams are open right now; try again.",
		Remedy: "Wait as long as Retry-After says, and try again; another replica may have room.",
	}
	tooManyStreamsOfUser = kit.ProblemType{
		Kind: kit.RateLimited, Code: "too-many-streams-of-user",
		Detail: "You have {open} event streams open, which is the limit; close one and try again.",
		Remedy: "Close a stream that you no longer read.",
	}
)

// ProblemTypes are those that the operations of this package answer.
var ProblemTypes = []kit.ProblemType{tooManyStreams, tooManyStreamsOfUser}
