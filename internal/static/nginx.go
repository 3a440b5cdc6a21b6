package static

import "strings"

// nginx reads the servers of an upstream of nginx, which have port 80 where none is written
// (ngx_http_upstream_module), and its name, by which nginx itself calls it.
func (f *fileReader) nginx(text string) {
	if !strings.Contains(text, "upstream ") && (!strings.Contains(text, "server ") || !strings.Contains(text, ";")) {
		return
	}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == '{' || r == '}' }) {
		words := strings.Fields(part)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "upstream":
			if f.upstreams == nil {
				f.upstreams = map[string]bool{}
			}
			f.upstreams[strings.ToLower(words[1])] = true
		case "server":
			v := newNamed("server", words[1])
			v.usual = 80
			f.values = append(f.values, v)
		}
	}
}
