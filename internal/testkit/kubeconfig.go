package testkit

import (
	"encoding/json"
	"fmt"
	"os"
)

// named is an entry of the lists of a kubeconfig.
type named map[string]any

// writeKubeconfig writes a new kubeconfig of one context, "test", into dir and
// returns its path. A client without a certificate has a token of no meaning,
// as kubectl asks for a user name when it has nothing.
func writeKubeconfig(dir, server string, caPEM []byte, client keyPair) (string, error) {
	user := map[string]any{"token": "none"}
	if client.cert != nil {
		user = map[string]any{"client-certificate-data": client.cert, "client-key-data": client.key}
	}
	cluster := map[string]any{"server": server, "certificate-authority-data": caPEM}
	data, err := json.MarshalIndent(map[string]any{
		"apiVersion":      "v1",
		"kind":            "Config",
		"clusters":        []named{{"name": "test", "cluster": cluster}},
		"users":           []named{{"name": "test", "user": user}},
		"contexts":        []named{{"name": "test", "context": map[string]any{"cluster": "test", "user": "test"}}},
		"current-context": "test",
	}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write kubeconfig: %w", err)
	}
	file, err := os.CreateTemp(dir, "kubeconfig-*")
	if err != nil {
		return "", fmt.Errorf("write kubeconfig: %w", err)
	}
	_, err = file.Write(data)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", fmt.Errorf("write kubeconfig: %w", err)
	}
	return file.Name(), nil
}
