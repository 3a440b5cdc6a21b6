package plugin

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/plugin/pkg/client/auth/exec"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/homedir"
	kubectlconfig "k8s.io/kubectl/pkg/config"
	"k8s.io/kubectl/pkg/config/scheme"

	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// heedKuberc lets no credential plugin run that the user's kuberc forbids to kubectl, and none at
// all where what it says of them cannot be read. Aliases and defaults of flags, which name kubectl's
// commands, are not looked at (k8s.io/kubectl/pkg/kuberc; KEP-3104).
func (g *globals) heedKuberc() {
	g.plugins = sync.OnceValues(func() (clientcmdapi.PluginPolicy, error) { return pluginPolicy(g.process) })
	g.config.WrapConfigFn = func(config *rest.Config) *rest.Config {
		if config.ExecProvider != nil {
			policy, err := g.plugins()
			if err != nil {
				policy = clientcmdapi.PluginPolicy{PolicyType: clientcmdapi.PluginPolicyDenyAll}
			}
			config.ExecProvider.PluginPolicy = policy
		}
		return refuseRedirects(identify(config))
	}
}

// pluginPolicy is what kuberc says of credential plugins; without one it is empty, for all. As kubectl
// does, it only warns of a file of the default place that holds nothing usable.
func pluginPolicy(p Process) (clientcmdapi.PluginPolicy, error) {
	var policy clientcmdapi.PluginPolicy
	gate, _ := p.LookupEnv("KUBECTL_KUBERC")
	file, explicit := p.LookupEnv("KUBERC")
	if strings.EqualFold(gate, "false") || file == "off" {
		return policy, nil
	}
	if explicit = explicit && file != ""; !explicit {
		file = filepath.Join(homedir.HomeDir(), clientcmd.RecommendedHomeDir, "kuberc")
	}
	preference, err := readKuberc(file)
	switch {
	case err != nil && explicit:
		return policy, fmt.Errorf("kuberc: %w", err)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		_, _ = fmt.Fprintf(p.Streams.ErrOut, "warning: kuberc: %s\n", render.Printable(err.Error()))
	}
	if preference == nil {
		return policy, nil
	}
	policy.PolicyType = clientcmdapi.PolicyType(preference.CredentialPluginPolicy)
	for _, entry := range preference.CredentialPluginAllowlist {
		policy.Allowlist = append(policy.Allowlist, clientcmdapi.AllowlistEntry(entry))
	}
	if err := exec.ValidatePluginPolicy(policy); err != nil {
		return policy, fmt.Errorf("kuberc: %s: %w", file, err)
	}
	return policy, nil
}

// readKuberc takes the first Preference of a version that is known; nil of an empty file.
func readKuberc(file string) (*kubectlconfig.Preference, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	for empty := true; ; {
		text, err := reader.Read()
		switch {
		case errors.Is(err, io.EOF) && empty:
			return nil, nil //nolint:nilnil // a file that says nothing
		case errors.Is(err, io.EOF):
			return nil, fmt.Errorf("%s: holds no Preference of kubectl.config.k8s.io", file)
		case err != nil:
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		decoded, _, err := scheme.LenientCodecs.UniversalDecoder().Decode(text, nil, nil)
		if preference, is := decoded.(*kubectlconfig.Preference); err == nil && is {
			return preference, nil
		}
		empty = empty && len(bytes.TrimSpace(text)) == 0
	}
}
