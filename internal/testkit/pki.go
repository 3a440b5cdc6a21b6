package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// keyPair is a certificate and its private key, each in PEM.
type keyPair struct {
	cert, key []byte
}

// authority is a certificate authority made for one test.
type authority struct {
	keyPair

	parsed *x509.Certificate
	signer *ecdsa.PrivateKey
}

func newAuthority(name string) (*authority, error) {
	signer, keyPEM, err := newKey()
	if err != nil {
		return nil, fmt.Errorf("make certificate authority %s: %w", name, err)
	}
	template := certificate(pkix.Name{CommonName: name}, time.Hour)
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage |= x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("make certificate authority %s: %w", name, err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make certificate authority %s: %w", name, err)
	}
	return &authority{keyPair{encodePEM("CERTIFICATE", der), keyPEM}, parsed, signer}, nil
}

// client issues a certificate by which the API server knows a user and groups.
func (a *authority) client(user string, groups []string) (keyPair, error) {
	template := certificate(pkix.Name{CommonName: user, Organization: groups}, time.Hour)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return a.issue(template)
}

// server issues a certificate for the loopback addresses and the names under
// which pods know the API server; expired makes one that has run out.
func (a *authority) server(expired bool) (keyPair, error) {
	age := time.Hour
	if expired {
		age = 72 * time.Hour
	}
	template := certificate(pkix.Name{CommonName: "kubernetes"}, age)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback, net.IPv4(10, 96, 0, 1)}
	template.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default",
		"kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}
	return a.issue(template)
}

func (a *authority) issue(template *x509.Certificate) (keyPair, error) {
	key, keyPEM, err := newKey()
	if err != nil {
		return keyPair{}, fmt.Errorf("issue certificate for %s: %w", template.Subject.CommonName, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.parsed, key.Public(), a.signer)
	if err != nil {
		return keyPair{}, fmt.Errorf("issue certificate for %s: %w", template.Subject.CommonName, err)
	}
	return keyPair{encodePEM("CERTIFICATE", der), keyPEM}, nil
}

// certificate is a template valid for two days from its age on.
func certificate(subject pkix.Name, age time.Duration) *x509.Certificate {
	from := time.Now().Add(-age)
	return &x509.Certificate{
		SerialNumber: big.NewInt(from.UnixNano()),
		Subject:      subject,
		NotBefore:    from,
		NotAfter:     from.Add(48 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func newKey() (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make key: %w", err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("make key: %w", err)
	}
	return key, encodePEM("EC PRIVATE KEY", der), nil
}

func encodePEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
