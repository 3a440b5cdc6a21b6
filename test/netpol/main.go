// Command netpol answers questions with the policy engines of np-guard's netpol-analyzer and
// of cyclonus, for the tests that compare internal/netpol with them. It is a module of its own
// and knows nothing of the plugin.
//
// Standard input is a stream of JSON documents, each a world of namespaces, pods and
// NetworkPolicies with questions. For each document it writes a line: the answers of each
// engine, "yes" or "no", or "-" where the engine cannot be asked.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

type world struct {
	Namespaces []*corev1.Namespace           `json:"namespaces"`
	Pods       []*corev1.Pod                 `json:"pods"`
	Policies   []*networkingv1.NetworkPolicy `json:"policies"`
	Questions  []question                    `json:"questions"`
}

type question struct {
	From     string          `json:"from"`
	To       string          `json:"to"`
	Protocol corev1.Protocol `json:"protocol"`
	Port     int32           `json:"port"`
}

type answer struct {
	Analyzer []string `json:"analyzer"`
	Cyclonus []string `json:"cyclonus"`
}

const notAsked = "-"

func yesOrNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func outside(end string) bool { return net.ParseIP(end) != nil }

func main() {
	if err := runAway(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runAway runs in a folder of its own: netpol-analyzer writes a log where it is.
func runAway(in io.Reader, out io.Writer) error {
	dir, err := os.MkdirTemp("", "engines")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chdir(dir); err != nil {
		return fmt.Errorf("enter a folder: %w", err)
	}
	return run(in, out)
}

func run(in io.Reader, out io.Writer) error {
	buffered := bufio.NewWriter(out)
	decoder, encoder := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(buffered)
	for {
		var w world
		if err := decoder.Decode(&w); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read a world: %w", err)
		}
		a, err := w.answer()
		if err != nil {
			return err
		}
		if err := encoder.Encode(a); err != nil {
			return fmt.Errorf("write an answer: %w", err)
		}
		if err := buffered.Flush(); err != nil {
			return fmt.Errorf("write an answer: %w", err)
		}
	}
}

func (w *world) answer() (answer, error) {
	w.complete()
	analyzer, err := w.askAnalyzer()
	if err != nil {
		return answer{}, fmt.Errorf("netpol-analyzer: %w", err)
	}
	return answer{Analyzer: analyzer, Cyclonus: w.askCyclonus()}, nil
}

// complete sets what an API server would have set, which both engines expect.
func (w *world) complete() {
	for _, ns := range w.Namespaces {
		if ns.Labels == nil {
			ns.Labels = map[string]string{}
		}
		ns.Labels[corev1.LabelMetadataName] = ns.Name
	}
	for _, p := range w.Policies {
		if len(p.Spec.PolicyTypes) > 0 {
			continue
		}
		p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(p.Spec.Egress) > 0 {
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}
	}
}
