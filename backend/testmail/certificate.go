package testmail

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"sync"
	"time"
)

// RootCAs holds the server's certificate, which no other client trusts.
func RootCAs() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(serverCertificate().Cert))
	return roots
}

// certificate is what the server process reads, in PEM.
type certificate struct {
	Key  string `json:"key"`
	Cert string `json:"cert"`
}

// serverCertificate makes the server's certificate once. It signs itself.
var serverCertificate = sync.OnceValue(func() certificate {
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: Host},
		DNSNames: []string{Host, "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	return certificate{
		Key:  encode("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key))),
		Cert: encode("CERTIFICATE", must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))),
	}
})

func encode(kind string, content []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
}

// must is for errors that only a mistake in this file can cause.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
