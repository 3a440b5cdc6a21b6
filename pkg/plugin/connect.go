package plugin

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/rest"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// identify puts the plugin's name into the requests, so that audit logs show it.
func identify(config *rest.Config) *rest.Config {
	config.UserAgent = "kubectl-harden/" + versionOf(readBuild()) + " (" + runtime.GOOS + "/" + runtime.GOARCH + ")"
	return config
}

// errNoContext says what to do without a kubeconfig.
var errNoContext = errors.New("no kubeconfig context is set; set --kubeconfig or KUBECONFIG, or try -f FILE --local")

// contextName is the kubeconfig context in force; empty without one.
func (g *globals) contextName() (string, error) {
	raw, err := g.config.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return "", err
	}
	name := *g.config.Context
	if name == "" {
		name = raw.CurrentContext
	}
	if name != "" && raw.Contexts[name] == nil {
		return "", fmt.Errorf("context %q does not exist", name)
	}
	return name, nil
}

// connect finds the API server to ask. It sends nothing yet.
func (g *globals) connect(chunkSize int64) (cluster.Connection, error) {
	name, err := g.contextName()
	if err != nil {
		return cluster.Connection{}, err
	}
	if name == "" && *g.config.APIServer == "" {
		return cluster.Connection{}, errNoContext
	}
	config, err := g.config.ToRESTConfig()
	if err != nil {
		return cluster.Connection{}, err
	}
	if config.ExecProvider != nil {
		if _, err := g.plugins(); err != nil {
			return cluster.Connection{}, err
		}
	}
	config = rest.CopyConfig(config)
	config.WarningHandlerWithContext = nil
	config.WarningHandler = rest.NewWarningWriter(g.process.Streams.ErrOut, rest.WarningWriterOptions{Deduplicate: true})
	if name == "" {
		name = config.Host
	}
	return cluster.Connection{
		Config:    config,
		Mapper:    sync.OnceValues(func() (meta.RESTMapper, error) { return g.config.ToRESTMapper() }),
		Context:   name,
		ChunkSize: chunkSize,
	}, nil
}

// namespace is the one of -n, of the context, or "default".
func (g *globals) namespace(local bool) (string, error) {
	if local {
		if *g.config.Namespace != "" {
			return *g.config.Namespace, nil
		}
		return "default", nil
	}
	if _, err := g.contextName(); err != nil {
		return "", err
	}
	namespace, _, err := g.config.ToRawKubeConfigLoader().Namespace()
	return namespace, err
}
