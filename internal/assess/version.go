package assess

import (
	"strconv"
	"strings"
)

// minorOf reads the minor of a server's gitVersion such as "v1.36.3" or "v1.33.4-eks-1234".
func minorOf(gitVersion string) (int, bool) {
	parts := strings.SplitN(strings.TrimPrefix(gitVersion, "v"), ".", 3)
	if len(parts) < 2 || parts[0] != "1" {
		return 0, false
	}
	digits := strings.TrimRightFunc(parts[1], func(r rune) bool { return r < '0' || r > '9' })
	minor, err := strconv.Atoi(digits)
	return minor, err == nil
}
