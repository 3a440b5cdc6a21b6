package observation

import "iter"

// uses are those of one place by name or path; all are one when the names are too many. Most
// places have one alone, which needs no map.
type uses struct {
	only   string
	entry  *Entry
	byName map[string]*Entry
	any    *Entry
}

func (u *uses) find(name string) *Entry {
	if u.byName != nil {
		return u.byName[name]
	}
	if u.only == name {
		return u.entry
	}
	return nil
}

// add takes the entry of a name that is not there yet.
func (u *uses) add(name string, e *Entry) {
	switch {
	case u.byName != nil:
		u.byName[name] = e
		u.limit()
	case u.entry == nil:
		u.only, u.entry = name, e
	default:
		u.byName = map[string]*Entry{u.only: u.entry, name: e}
		u.only, u.entry = "", nil
	}
}

// all goes over the entries with a name of their own, and the one without a name.
func (u *uses) all() iter.Seq2[string, *Entry] {
	return func(yield func(string, *Entry) bool) {
		if u.entry != nil && !yield(u.only, u.entry) {
			return
		}
		for name, e := range u.byName {
			if !yield(name, e) {
				return
			}
		}
	}
}

// limit makes one entry of all names when they are too many.
func (u *uses) limit() {
	named := len(u.byName)
	if u.byName[""] != nil {
		named--
	}
	if named > maxNames {
		u.gather()
	}
}

// gather makes one entry of all names. The use without a name stays what it is.
func (u *uses) gather() {
	u.any = &Entry{}
	unnamed := u.find("")
	for name, e := range u.all() {
		if name != "" {
			u.any.merge(e)
			*e = Entry{into: u.any}
		}
	}
	u.only, u.entry, u.byName = "", unnamed, nil
}
