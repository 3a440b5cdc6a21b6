package check

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// mend gives the field at path a value that no policy refuses, as want says.
func mend(t *testing.T, pod *corev1.Pod, path, want string) {
	t.Helper()
	names := segments(path)
	switch {
	case strings.Contains(path, ".sysctls["):
		i, err := strconv.Atoi(names[3])
		if err != nil {
			t.Fatal(err)
		}
		list := pod.Spec.SecurityContext.Sysctls
		for name, n := list[i].Name, 0; n < len(list); n++ {
			if list[n].Name == name {
				list[n].Name = "kernel.shm_rmid_forced"
			}
		}
	case strings.HasPrefix(path, "metadata.annotations"):
		delete(pod.Annotations, names[2])
	case strings.HasPrefix(path, "spec.volumes"):
		i, err := strconv.Atoi(names[2])
		if err != nil {
			t.Fatal(err)
		}
		pod.Spec.Volumes[i].VolumeSource = corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
	default:
		set(t, reflect.ValueOf(pod).Elem(), names, want)
	}
}

// set walks to the field that names lead to, makes what is missing on the way, and writes it.
func set(t *testing.T, v reflect.Value, names []string, want string) {
	t.Helper()
	for i, name := range names {
		v = deref(v)
		if v.Kind() != reflect.Slice {
			v = fieldByJSON(v, name)
			continue
		}
		index, err := strconv.Atoi(name)
		if err != nil {
			t.Fatal(err)
		}
		if i == len(names)-1 {
			setEqual(v, index)
			return
		}
		v = v.Index(index)
	}
	if want == "unset" && v.Kind() == reflect.Pointer {
		v.SetZero()
		return
	}
	v = deref(v)
	switch {
	case want == "unset":
		v.SetZero()
	case v.Kind() == reflect.Bool:
		v.SetBool(want == "true")
	case v.Kind() == reflect.Int64:
		v.SetInt(1000)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.ValueOf([]corev1.Capability{"ALL"}))
	default:
		v.SetString(want)
	}
}

// setEqual replaces an entry of a list of strings, and those that are equal to it.
func setEqual(list reflect.Value, index int) {
	for i, before := 0, list.Index(index).String(); i < list.Len(); i++ {
		if list.Index(i).String() == before {
			list.Index(i).SetString("NET_BIND_SERVICE")
		}
	}
}

func deref(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	return v
}
