package kit

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// repeatedKey is the location of the first key that its object had before, or
// "". What such a text means is anyone's guess (RFC 8259, section 4), and so is
// what was validated.
func repeatedKey(data []byte) (location string) {
	return walk(data, func(_, _ int, repeated bool) bool { return repeated })
}

// hugeNumber is the location of the first number that is too large for a
// float64, or "".
func hugeNumber(data []byte) (location string) {
	return walk(data, func(at, end int, _ bool) bool {
		if c := data[at]; c != '-' && (c < '0' || c > '9') {
			return false
		}
		_, err := strconv.ParseFloat(string(data[at:end]), 64)
		return err != nil
	})
}

// locate is the location of the value that ends at offset.
func locate(data []byte, offset int64) (location string) {
	return walk(data, func(_, end int, _ bool) bool { return int64(end) >= offset })
}

// level is an object or an array around a place in a text.
type level struct {
	isObject bool
	isKey    bool                // what comes next in an object is a key
	keys     [][]byte            // of an object so far, the last is the current one
	many     map[string]struct{} // the same, once there are many
	index    int                 // of the current element of an array
}

// walk goes through a valid JSON text, key by key and value by value, until found
// says that the one from at to end is it, and gives its location, in the words of
// FieldError.
// It runs for every body, so it does not use the tokens of encoding/json, which
// are slow.
func walk(data []byte, found func(at, end int, repeated bool) bool) (location string) {
	var levels []level
	for at := 0; at < len(data); {
		end := at + 1
		switch data[at] {
		case ' ', '\t', '\n', '\r', ',', ':':
			at = end
			continue
		case '}', ']':
			levels = levels[:len(levels)-1]
			at = end
			continue
		case '"':
			end = at + stringLen(data[at:])
		case '{', '[':
		default: // a number, true, false or null
			if n := bytes.IndexAny(data[at:], ",]} \t\n\r"); n > 0 {
				end = at + n
			} else {
				end = len(data)
			}
		}
		repeated := len(levels) > 0 && levels[len(levels)-1].step(data[at:end])
		if found(at, end, repeated) {
			return path(levels)
		}
		if c := data[at]; c == '{' || c == '[' {
			levels = push(levels, c == '{')
		}
		at = end
	}
	return ""
}

// stringLen is the length of the JSON string that data begins with.
func stringLen(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// push goes into an object or array. It uses what an earlier level of this depth
// has allocated.
func push(levels []level, isObject bool) []level {
	if len(levels) == cap(levels) {
		return append(levels, level{isObject: isObject, isKey: isObject, index: -1})
	}
	levels = levels[:len(levels)+1]
	l := &levels[len(levels)-1]
	*l = level{isObject: isObject, isKey: isObject, index: -1, keys: l.keys[:0]}
	return levels
}

// step moves to a key, an object's value, or an element, and tells whether it is
// a key that was there before.
func (l *level) step(token []byte) (repeated bool) {
	if !l.isObject {
		l.index++
		return false
	}
	l.isKey = !l.isKey
	if l.isKey { // and so this was a value
		return false
	}
	key := token[1 : len(token)-1]
	if bytes.IndexByte(key, '\\') >= 0 {
		var plain string
		_ = json.Unmarshal(token, &plain) // it is valid
		key = []byte(plain)
	}
	repeated = l.has(key)
	l.keys = append(l.keys, key)
	return repeated
}

// has tells whether the object has had a key. Objects are small, except those
// that are sent to make this slow.
func (l *level) has(key []byte) bool {
	const few = 16
	if len(l.keys) < few {
		for _, k := range l.keys {
			if bytes.Equal(k, key) {
				return true
			}
		}
		return false
	}
	if l.many == nil {
		l.many = make(map[string]struct{}, 2*few)
		for _, k := range l.keys {
			l.many[string(k)] = struct{}{}
		}
	}
	_, ok := l.many[string(key)]
	l.many[string(key)] = struct{}{}
	return ok
}

func path(levels []level) string {
	path := []byte("body")
	for _, l := range levels {
		if l.isObject {
			path = append(append(path, '.'), l.keys[len(l.keys)-1]...)
		} else {
			path = append(strconv.AppendInt(append(path, '['), int64(l.index), 10), ']')
		}
	}
	return string(path)
}
