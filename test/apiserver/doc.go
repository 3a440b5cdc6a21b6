// Package apiserver holds the tests of the plugin against a real Kubernetes API
// server, run through a real kubectl.
package apiserver
