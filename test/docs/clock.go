package main

import "time"

// docsTime is the time at which commands of the docs run, so that they print the same on any day.
func docsTime() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }
