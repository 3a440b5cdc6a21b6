// Package release holds the tests of a release: what goreleaser builds, the manifest for krew, and
// the script that checks both. With -release they build releases and install them with the real
// krew and kubectl.
package release
