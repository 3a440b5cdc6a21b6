package observation

// See adds a sighting, and tells whether it makes sense.
func (s *Set) See(sighting *Sighting) bool {
	e := s.Edge(sighting)
	if e == nil {
		return false
	}
	s.AddEdge(e, sighting)
	return true
}
