package testkit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// awaitServer waits until the API server answers that it is ready.
func (c *ControlPlane) awaitServer(ctx context.Context) error {
	client, err := c.adminClient()
	if err != nil {
		return err
	}
	return c.await(ctx, "the API server", func() error {
		_, err := read(ctx, client, c.Server+"/readyz")
		return err
	})
}

// awaitControllers waits until Pods can be created in namespace default and
// the aggregated role view has rules.
func (c *ControlPlane) awaitControllers(ctx context.Context) error {
	client, err := c.adminClient()
	if err != nil {
		return err
	}
	err = c.await(ctx, "the default ServiceAccount", func() error {
		_, err := read(ctx, client, c.Server+"/api/v1/namespaces/default/serviceaccounts/default")
		return err
	})
	if err != nil {
		return err
	}
	return c.await(ctx, "the aggregated roles", func() error {
		body, err := read(ctx, client, c.Server+"/apis/rbac.authorization.k8s.io/v1/clusterroles/view")
		if err != nil {
			return err
		}
		var role struct {
			Rules []json.RawMessage `json:"rules"`
		}
		if err := json.Unmarshal(body, &role); err != nil {
			return fmt.Errorf("decode ClusterRole view: %w", err)
		}
		if len(role.Rules) == 0 {
			return fmt.Errorf("role view has no rules yet")
		}
		return nil
	})
}

// await polls a condition until it holds, a program has ended or time is up.
func (c *ControlPlane) await(ctx context.Context, what string, holds func() error) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		last := holds()
		if last == nil {
			return nil
		}
		for _, p := range c.processes {
			if err := p.ended(); err != nil {
				return fmt.Errorf("wait for %s: %w", what, err)
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w: %w\n%s", what, ctx.Err(), last, c.processes[len(c.processes)-1].tail())
		case <-ticker.C:
		}
	}
}

func (c *ControlPlane) adminClient() (*http.Client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", c.AdminKubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	return client, nil
}

// read returns the body of an answer with status 200.
func read(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", url, err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", url, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: %s: %s", url, response.Status, body)
	}
	return body, nil
}
