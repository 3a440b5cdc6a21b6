package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Secret is what is known of a Secret: never what it holds.
type Secret struct {
	Namespace, Name, Type string
	// Keys is how many it has.
	Keys    int
	Created metav1.Time
	// Account is the ServiceAccount whose token it is for; empty for any other Secret.
	Account string
}

// secrets reads the Secrets of the namespace, for who asked for it.
func (c *collector) secrets() []read {
	if !c.query.Secrets {
		return nil
	}
	return []read{func(ctx context.Context) {
		namespace := c.query.Namespace
		err := c.client.listSecrets(ctx, namespace, func(s Secret) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.inv.addSecret(s)
		})
		c.note(err)
		if err != nil {
			c.fail("Secrets", api.Unread{Verb: "list", Resource: "secrets", Namespace: namespace}, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		key := ownerKey{"", "Secret", namespace, ""}
		c.inv.support.failed[key] = err != nil
		c.inv.support.listed[key] = err == nil
	}}
}

func (inv *Inventory) addSecret(s Secret) {
	if inv.secrets[s.Namespace] == nil {
		inv.secrets[s.Namespace] = map[string]Secret{}
	}
	inv.secrets[s.Namespace][s.Name] = s
}

// Secret looks a Secret up: absent where nobody asked for Secrets.
func (inv *Inventory) Secret(namespace, name string) workload.Known[Secret] {
	if s, found := inv.secrets[namespace][name]; found {
		return workload.Known[Secret]{Value: s, Fact: workload.FactYes}
	}
	for _, place := range []string{namespace, ""} {
		key := ownerKey{"", "Secret", place, ""}
		switch {
		case inv.support.listed[key]:
			return workload.Known[Secret]{Fact: workload.FactNo}
		case inv.support.failed[key]:
			return workload.Known[Secret]{Fact: workload.FactUnknown}
		}
	}
	return workload.Known[Secret]{}
}

// Secrets are all that were read, by namespace and name.
func (inv *Inventory) Secrets() []Secret {
	var all []Secret
	for _, named := range inv.secrets {
		for _, s := range named {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Secret) int {
		if n := strings.Compare(a.Namespace, b.Namespace); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

// addSecretObject keeps of a Secret from a file what a Table would show of it.
func (inv *Inventory) addSecretObject(o *corev1.Secret) {
	keys := map[string]bool{}
	for key := range o.Data {
		keys[key] = true
	}
	for key := range o.StringData {
		keys[key] = true
	}
	inv.addSecret(Secret{
		Namespace: inv.namespaceOf(o), Name: o.Name, Type: string(o.Type), Keys: len(keys), Created: o.CreationTimestamp,
		Account: tokenAccount(o.Type, o.Annotations),
	})
}

func tokenAccount(kind corev1.SecretType, annotations map[string]string) string {
	if kind != corev1.SecretTypeServiceAccountToken {
		return ""
	}
	return annotations[corev1.ServiceAccountNameKey]
}

// asTable asks for the columns that kubectl prints, and no object.
const asTable = "application/json;as=Table;v=v1;g=meta.k8s.io"

// listSecrets lists Secrets as a Table with their metadata: their content is not sent. An
// answer that is no Table is not read.
func (c *client) listSecrets(ctx context.Context, namespace string, add func(Secret)) error {
	typed, err := c.typed(schema.GroupVersion{Version: "v1"})
	if err != nil {
		return fmt.Errorf("list secrets: %w", err)
	}
	next := ""
	for {
		request := typed.Get().NamespaceIfScoped(namespace, namespace != "").Resource("secrets").
			SetHeader("Accept", asTable).Param("includeObject", string(metav1.IncludeMetadata)).Param("continue", next)
		if c.chunk > 0 {
			request.Param("limit", fmt.Sprint(c.chunk))
		}
		data, err := request.Do(ctx).Raw()
		if err != nil {
			return err
		}
		table := &metav1.Table{}
		if err := json.Unmarshal(data, table); err != nil || table.Kind != "Table" {
			return fmt.Errorf("list secrets: the answer is no Table")
		}
		if err := secretRows(table, add); err != nil {
			return err
		}
		if next = table.Continue; next == "" {
			return nil
		}
	}
}

// secretRows reads rows as pkg/printers/internalversion/printers.go of Kubernetes makes them:
// Name, Type, Data, Age.
func secretRows(table *metav1.Table, add func(Secret)) error {
	column := func(name string) int {
		return slices.IndexFunc(table.ColumnDefinitions, func(d metav1.TableColumnDefinition) bool { return d.Name == name })
	}
	kind, data := column("Type"), column("Data")
	for _, row := range table.Rows {
		meta := metav1.PartialObjectMetadata{}
		if err := json.Unmarshal(row.Object.Raw, &meta); err != nil || max(kind, data) >= len(row.Cells) || min(kind, data) < 0 {
			return fmt.Errorf("list secrets: the Table has other columns than Name, Type, Data and Age")
		}
		secretType, _ := row.Cells[kind].(string)
		keys, _ := row.Cells[data].(float64)
		add(Secret{
			Namespace: meta.Namespace, Name: meta.Name, Type: secretType, Keys: int(keys), Created: meta.CreationTimestamp,
			Account: tokenAccount(corev1.SecretType(secretType), meta.Annotations),
		})
	}
	return nil
}
