package kit

import "runtime/debug"

// version is set by the linker in images, which are built without the
// repository: -X microdemo/kit.version=v1.2.3
var version string

// Version says which version of the program this is.
func Version() string {
	if version != "" {
		return version
	}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	text := build.Main.Version
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" {
			text += " " + setting.Value
		}
	}
	return text
}
