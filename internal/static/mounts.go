package static

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// mountedFile is a file of a ConfigMap.
type mountedFile struct{ configMap, key, path string }

// mounts reads the files of ConfigMaps that the container has.
func (r *containerReader) mounts() {
	read := map[mountedFile]bool{}
	for _, mount := range r.c.VolumeMounts {
		at := slices.IndexFunc(r.c.Shape.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name })
		if at < 0 {
			continue
		}
		for _, file := range r.files(&r.c.Shape.Spec.Volumes[at]) {
			if below := path.Clean(mount.SubPath); mount.SubPath == "" || below == file.path || strings.HasPrefix(file.path, below+"/") {
				file.path = ""
				if !read[file] {
					read[file] = true
					r.file(file)
				}
			}
		}
	}
}

// files are those of a volume, sorted by the ConfigMap and its keys.
func (r *containerReader) files(v *corev1.Volume) []mountedFile {
	var out []mountedFile
	keep := func(file mountedFile) {
		if !isPage(file.key) {
			out = append(out, file)
		}
	}
	add := func(name string, items []corev1.KeyToPath, optional *bool) {
		data := r.configMap(name, isOptional(optional))
		if len(items) == 0 {
			for key := range data {
				keep(mountedFile{name, key, key})
			}
		}
		for _, item := range items {
			if _, found := data[item.Key]; found {
				keep(mountedFile{name, item.Key, path.Clean(item.Path)})
			}
		}
	}
	if v.ConfigMap != nil {
		add(v.ConfigMap.Name, v.ConfigMap.Items, v.ConfigMap.Optional)
	}
	if v.Projected != nil {
		for _, source := range v.Projected.Sources {
			if source.ConfigMap != nil {
				add(source.ConfigMap.Name, source.ConfigMap.Items, source.ConfigMap.Optional)
			}
		}
	}
	slices.SortFunc(out, func(a, b mountedFile) int {
		return strings.Compare(a.configMap+"\x00"+a.key+"\x00"+a.path, b.configMap+"\x00"+b.key+"\x00"+b.path)
	})
	return out
}

// isPage tells files that are read by people and browsers: what they link to, the program does not
// call.
func isPage(key string) bool {
	return slices.Contains([]string{".html", ".htm", ".css", ".svg", ".md"}, strings.ToLower(path.Ext(key)))
}

// file reads one file: references to variables in it are those of the container.
func (r *containerReader) file(file mountedFile) {
	place := "ConfigMap " + file.configMap + " key " + file.key + r.of
	text := r.configMap(file.configMap, true)[file.key]
	cut := len(text) > maxText
	if cut {
		text = text[:maxText]
	}
	key := fileKeyOf{r.workload.Ref.Namespace, file.configMap, file.key}
	found := r.builder.files[key]
	if own := strings.Contains(text, "${"); own || found == nil {
		if own {
			text = shellExpand(text, r.braced)
		}
		found = findIn(fileValues(text))
		found.cut = cut
		if !own {
			r.builder.files[key] = found
		}
	}
	r.field(found, place)
}

// braced is a variable of the container.
func (r *containerReader) braced(name string) (string, bool) {
	value, ok := r.env[name]
	return value, ok
}
