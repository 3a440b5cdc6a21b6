package flow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// awsLine is a line of a newer agent, from web to db.
func awsLine(rest string) string {
	return `{"level":"debug","ts":"2026-11-20T12:00:00.123Z","caller":"runtime/asm_amd64.s:1700","msg":"Flow Info: ` + awsEnds(40000, 5432) + " Proto TCP " + rest + `"}`
}

func awsEnds(sport, dport int) string {
	return fmt.Sprintf("Src IP: 10.0.0.1 Src Port: %d Dest IP: 10.0.0.2 Dest Port: %d", sport, dport)
}

// awsOld is a line of an agent before 1.2.2.
func awsOld(protocol, verdict string) string {
	return `{"level":"info","ts":"2026-11-20T12:00:00.123Z","logger":"ebpf-client","msg":"Flow Info:  ","Src IP":"10.0.0.1","Src Port":40000,"Dest IP":"10.0.0.2","Dest Port":5432,` +
		fmt.Sprintf(`"Proto":%q,"Verdict":%q}`, protocol, verdict)
}

func TestAWS(t *testing.T) {
	ports := func(line string, sport, dport int) string {
		return strings.Replace(line, awsEnds(40000, 5432), awsEnds(sport, dport), 1)
	}
	six := strings.NewReplacer("10.0.0.1", "2001:db8::1", "10.0.0.2", "::ffff:10.0.0.2")
	for name, test := range map[string]struct {
		line, want string
		noted      string
	}{
		"old":                {awsOld("TCP", "ACCEPT"), forward + "verdict anywhere allowed", ""},
		"old, one blank":     {strings.Replace(awsOld("TCP", "ACCEPT"), "Info:  ", "Info:", 1), forward + "verdict anywhere allowed", ""},
		"old, denied":        {awsOld("TCP", "DENY"), forward + "verdict anywhere denied DENY", ""},
		"old, UDP":           {awsOld("UDP", "ACCEPT"), strings.Replace(forward, "TCP", "UDP", 1) + "verdict anywhere allowed", ""},
		"old, ended":         {awsOld("TCP", "EXPIRED/DELETED"), "", ""},
		"egress":             {awsLine("Verdict ACCEPT Direction egress"), forward + "verdict at client allowed", ""},
		"ingress":            {awsLine("Verdict ACCEPT Direction ingress"), forward + "verdict at server final allowed", ""},
		"tier":               {awsLine("Verdict DENY Direction ingress, Tier NETWORK_POLICY"), forward + "verdict at server final denied DENY", ""},
		"ended":              {awsLine("Verdict EXPIRED/DELETED Direction egress, Tier DEFAULT"), "", ""},
		"colons":             {six.Replace(awsLine("Verdict: DENY Direction: egress Tier: DEFAULT")), "TCP [2001:db8::1]:40000 > 10.0.0.2:5432 verdict at client denied DENY", ""},
		"no direction":       {awsLine("Verdict ACCEPT"), forward + "verdict anywhere allowed", ""},
		"a way of tomorrow":  {awsLine("Verdict ACCEPT Direction sideways"), forward + "verdict anywhere allowed", ""},
		"words of tomorrow":  {awsLine("Verdict ACCEPT Direction egress, Tier DEFAULT Policy shop/web Packets 3"), forward + "verdict at client allowed", ""},
		"trailing blanks":    {awsLine("Verdict ACCEPT Direction egress  "), forward + "verdict at client allowed", ""},
		"an answer":          {ports(awsLine("Verdict ACCEPT Direction egress"), 5432, 40000), "TCP 10.0.0.1:5432 > 10.0.0.2:40000 unknown at client allowed", ""},
		"an answer, refused": {ports(awsLine("Verdict DENY Direction ingress, Tier DEFAULT"), 5432, 40000), "", faultAnswer},
		"low ports":          {ports(awsLine("Verdict ACCEPT Direction ingress"), 20000, 8080), "TCP 10.0.0.1:20000 > 10.0.0.2:8080 guessed at server allowed", ""},
		"high ports":         {ports(awsLine("Verdict DENY Direction ingress"), 45000, 50051), "TCP 10.0.0.1:45000 > 10.0.0.2:50051 guessed at server denied DENY", ""},
		"ICMP":               {ports(strings.Replace(awsLine("Verdict DENY Direction ingress"), "Proto TCP", "Proto ICMP", 1), 0, 0), "ICMP 10.0.0.1:0 > 10.0.0.2:0 unknown at server denied DENY", ""},
		"another message":    {`{"level":"info","msg":"Flow is fine"}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := readText(t, good()["AWS"]+test.line+"\r\n", Options{})
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			if diff := cmp.Diff(want, allWords(got.flows[1:])); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			s, noted := got.sources[0], ""
			for _, f := range s.Faults {
				noted += f.Reason
			}
			if noted != test.noted || s.Skipped != 0 || s.Undated != 0 || s.Lost != nil {
				t.Errorf("source %+v", s)
			}
			if name != "another message" && s.Parsed != 2 {
				t.Errorf("%d parsed", s.Parsed)
			}
		})
	}
}

func TestAWSBad(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"port":                 {"40000", "65536", faultPort},
		"port below 0":         {"40000", "-1", faultPort},
		"port by name":         {"40000", "http", faultPort},
		"no port":              {"Src Port: 40000 ", "", faultPort},
		"address":              {"10.0.0.1", "10.0.0.256", faultAddress},
		"no address":           {"Dest IP: 10.0.0.2 ", "", faultAddress},
		"protocol":             {"Proto TCP", "Proto UNKNOWN", faultProtocol},
		"no verdict":           {"Verdict DENY", "", faultVerdict},
		"verdict":              {"Verdict DENY", "Verdict MAYBE", faultVerdict},
		"nothing":              {awsEnds(40000, 5432), "Src", faultAddress},
		"another type":         {`"msg":"`, `"msg":7,"x":"`, faultNotFlow},
		"no message":           {`"msg"`, `"message"`, faultNotFlow},
		"NUL":                  {"Src Port", "Src \x00Port", faultNotJSON},
		"a list":               {`{"level"`, `[7,{"level"`, faultNotJSON},
		"port of a type":       {`"msg"`, `"Src Port":{},"msg"`, faultNotFlow},
		"invalid UTF-8":        {"Tier DEFAULT", "Tier \xff", ""},
		"a line feed, escaped": {"Direction ingress", `Direction ingress\nDirection`, ""},
	} {
		t.Run(name, func(t *testing.T) { badRecord(t, "AWS", test.old, test.new, test.want) })
	}
}

// badRecord reads a record that is wrong in one thing, between good ones.
func badRecord(t *testing.T, format, before, after, want string) {
	t.Helper()
	record := good()[format]
	bad := strings.Replace(record, before, after, 1)
	if bad == record {
		t.Fatal("nothing replaced")
	}
	s := readText(t, record+bad+record, Options{}).sources[0]
	var faults []api.Fault
	if want != "" {
		faults = []api.Fault{{Reason: want, Count: 1, Offset: int64(len(record))}}
	}
	if diff := cmp.Diff(faults, s.Faults); diff != "" || s.Parsed < 2 {
		t.Errorf("source %+v, faults (-want +got):\n%s", s, diff)
	}
}
