// Package testkit holds what the tests of many packages share: a real
// Kubernetes control plane built from source, a proxy that injects faults
// between a client and an API server, golden files, hostile strings, planted
// secrets, the programs of test/ that tests compare with, and the plugin run as
// users run it.
//
// Helpers that take a testing.TB end the test themselves when they cannot do
// their work. Every process started here is ended by its Stop method or with
// the test process, and every socket is on the loopback interface.
//
// The package registers the flag -update for the golden files, so a test that
// imports it must not define a flag of that name.
package testkit
