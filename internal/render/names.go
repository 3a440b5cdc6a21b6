package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// shortName is TYPE/NAME with kubectl's short name of the type, where it has one.
func shortName(ref api.Ref) string {
	return shortType(ref) + "/" + ref.Name
}

func shortType(ref api.Ref) string {
	switch ref.Group() + "/" + ref.Kind {
	case "apps/Deployment":
		return "deploy"
	case "apps/StatefulSet":
		return "sts"
	case "apps/DaemonSet":
		return "ds"
	case "apps/ReplicaSet":
		return "rs"
	case "batch/CronJob":
		return "cj"
	case "/ReplicationController":
		return "rc"
	case "/ServiceAccount":
		return "sa"
	}
	return strings.ToLower(ref.Kind)
}

// resourceName is TYPE.GROUP/NAME as kubectl's -o name prints it.
func resourceName(ref api.Ref) string {
	kind := strings.ToLower(ref.Kind)
	if group := ref.Group(); group != "" {
		kind += "." + group
	}
	return kind + "/" + ref.Name
}

// shortImage shortens the digest of an image to 12 hex digits.
func shortImage(image string, more text) string {
	const algorithm, digits = "@sha256:", 12
	i := strings.LastIndex(image, algorithm)
	if i < 0 || len(image) <= i+len(algorithm)+digits {
		return image
	}
	return image[:i+len(algorithm)+digits] + string(more)
}

// number writes n with separators of thousands.
func number(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// counted is a number with its noun, in the plural where it is not one.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// list joins names in words, the first three of them.
func list(names []string) string {
	const most = 3
	switch n := len(names); {
	case n > most:
		return strings.Join(names[:most], ", ") + " and " + number(n-most) + " more"
	case n > 1:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// distinct drops repetitions and keeps the order.
func distinct(names []string) []string {
	const few = 16
	var out []string
	if len(names) <= few {
		for _, name := range names {
			if name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
		return out
	}
	seen := map[string]bool{"": true}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// Number is a number with its thousands apart, such as 4,032.
func Number(n int64) string { return number(int(n)) }

// Counted is a number with its noun, in the plural where it is not one.
func Counted(n int64, noun string) string { return counted(int(n), noun) }
