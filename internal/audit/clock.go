package audit

import "time"

// instant reads a time as RFC 3339 has it, zero for what is none. Those as API servers write
// them it reads itself, for speed.
func instant(text []byte) time.Time {
	var none lastMinute
	return none.instant(text)
}

// minuteLength is that of 2006-01-02T15:04:
const minuteLength = 17

// lastMinute is the minute of the last time that was read, which mostly is that of the next.
type lastMinute struct {
	text [minuteLength]byte
	sec  int64
}

// instant is that without a last minute.
func (l *lastMinute) instant(text []byte) time.Time {
	if sec, nsec, ok := l.utc(text); ok {
		return time.Unix(sec, nsec).UTC()
	}
	at, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// utc reads 2006-01-02T15:04:05.999999999Z, of which the fraction may be missing.
func (l *lastMinute) utc(t []byte) (sec, nsec int64, ok bool) {
	if len(t) < 20 || len(t) > 30 || t[len(t)-1] != 'Z' {
		return 0, 0, false
	}
	if string(t[:minuteLength]) != string(l.text[:]) {
		if sec, ok = minute(t); !ok {
			return 0, 0, false
		}
		l.sec = sec
		copy(l.text[:], t)
	}
	second := decimal(t[17:19])
	if second < 0 || second > 59 {
		return 0, 0, false
	}
	if fraction := t[19 : len(t)-1]; len(fraction) > 0 {
		nsec = decimal(fraction[1:])
		if fraction[0] != '.' || len(fraction) == 1 || nsec < 0 {
			return 0, 0, false
		}
		for range 10 - len(fraction) {
			nsec *= 10
		}
	}
	return l.sec + second, nsec, true
}

// minute reads what utc has before the seconds, as seconds since 1970.
func minute(t []byte) (sec int64, ok bool) {
	if t[4] != '-' || t[7] != '-' || t[10] != 'T' || t[13] != ':' || t[16] != ':' {
		return 0, false
	}
	year, month, day, hour, minute := decimal(t[0:4]), decimal(t[5:7]), decimal(t[8:10]), decimal(t[11:13]), decimal(t[14:16])
	if year < 0 || month < 1 || month > 12 || day < 1 || day > 28 && day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return 0, false
	}
	return ((days(year, month, day)*24+hour)*60 + minute) * 60, true
}

// decimal is -1 for what is no number.
func decimal(text []byte) (n int64) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

func daysIn(year, month int64) int64 {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// days counts those from 1970 on in the Gregorian calendar, whose years are taken to begin in
// March, so that the odd day comes last.
func days(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := (year + 400) / 400 // year is -1 at least
	y := year + 400 - era*400
	return (era-1)*146097 + y*365 + y/4 - y/100 + (153*(month-3)+2)/5 + day - 1 - 719468
}
