package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Read reads one object whole, as the API server has it. It may hold credentials: nothing of it is
// to be printed before it was looked through.
func Read(ctx context.Context, conn Connection, ref api.Ref) (map[string]any, error) {
	_, objects, err := resourceOf(conn, ref)
	if err != nil {
		return nil, err
	}
	got, err := objects.Get(ctx, ref.Name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("get %s: %s", ref.From(""), Reason(err))
	}
	return got.Object, nil
}

// Refusal is what an API server has against a change: of its validation or of its admission.
type Refusal struct{ why string }

// Error names the fields, without what they hold.
func (r *Refusal) Error() string { return r.why }

// DryRun asks the API server what a patch would make of an object, and changes nothing: the
// request goes through admission and validation, and is not stored (dryRun=All). Kind is the type
// of the patch. The error is a Refusal where the server answers that it would not take the
// patch, else why it could not be asked.
func DryRun(ctx context.Context, conn Connection, ref api.Ref, kind types.PatchType, body []byte) (map[string]any, error) {
	resource, objects, err := resourceOf(conn, ref)
	if err != nil {
		return nil, err
	}
	got, err := objects.Patch(ctx, ref.Name, kind, body, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
	if err != nil {
		return nil, dryRunError("patch "+resource, err)
	}
	return got.Object, nil
}

// DryRunCreate is as DryRun for an object that is to be created in the place of another. It is
// asked about under a name of its own, since the other one is still there.
func DryRunCreate(ctx context.Context, conn Connection, ref api.Ref, manifest map[string]any) (map[string]any, error) {
	resource, objects, err := resourceOf(conn, ref)
	if err != nil {
		return nil, err
	}
	u := (&unstructured.Unstructured{Object: manifest}).DeepCopy()
	u.SetName("")
	u.SetGenerateName("harden-")
	got, err := objects.Create(ctx, u, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
	if err != nil {
		return nil, dryRunError("create "+resource, err)
	}
	return got.Object, nil
}

func resourceOf(conn Connection, ref api.Ref) (string, dynamic.ResourceInterface, error) {
	cl, err := newClient(conn.Config, conn.ChunkSize)
	if err != nil {
		return "", nil, fmt.Errorf("context %s: %w", conn.Context, err)
	}
	gv, err := schema.ParseGroupVersion(ref.APIVersion)
	if err != nil {
		return "", nil, err
	}
	k, err := kindOf(conn.Mapper, gv.Group, gv.Version, ref.Kind)
	if err != nil {
		return "", nil, fmt.Errorf("find the resource of %s: %s", ref.Kind, Reason(err))
	}
	return k.gvr.GroupResource().String(), cl.dynamic.Resource(k.gvr).Namespace(ref.Namespace), nil
}

// dryRunError tells a refusal from a request that could not be made. The messages of validation
// hold values of the object: its fields are named alone.
func dryRunError(what string, err error) error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return fmt.Errorf("%s: %s", what, Reason(err))
	}
	verb, _, _ := strings.Cut(what, " ")
	switch {
	case apierrors.IsForbidden(err) && strings.Contains(status.Status().Message, " cannot "+verb+" resource "):
		return fmt.Errorf("%s: %s", what, reasonForbidden)
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err), apierrors.IsForbidden(err):
		return &Refusal{refusalWords(status.Status())}
	}
	return fmt.Errorf("%s: %s", what, Reason(err))
}

// mostRefusal is how much of a message is told, in bytes.
const mostRefusal = 300

func refusalWords(status metav1.Status) string {
	var fields []string
	if status.Details != nil {
		for _, cause := range status.Details.Causes {
			if words := cause.Field + " (" + string(cause.Type) + ")"; cause.Field != "" && !slices.Contains(fields, words) {
				fields = append(fields, words)
			}
		}
	}
	if len(fields) > 0 {
		return strings.Join(fields, ", ")
	}
	text := workload.RedactText(status.Message)
	if len(text) > mostRefusal {
		text = strings.ToValidUTF8(text[:mostRefusal], "") + "…"
	}
	return printable(text)
}
