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

// RootCAs are who vouches for the server: nobody else knows them.
func RootCAs() *x509.CertPool { return authority().roots }

type certificates struct {
	roots *x509.CertPool
	pair  struct{ key, cert string } // PEM
}

// authority makes a certificate authority and the server's certificate, once.
var authority = sync.OnceValue(func() certificates {
	now := time.Now()
	top := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority of the tests"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: Host},
		DNSNames: []string{Host, "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	topKey, leafKey := newKey(), newKey()
	var c certificates
	signed := must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, top, top, topKey.Public(), topKey))))
	c.roots = x509.NewCertPool()
	c.roots.AddCert(signed)
	c.pair.cert = encode("CERTIFICATE", must(x509.CreateCertificate(rand.Reader, leaf, signed, leafKey.Public(), topKey)))
	c.pair.key = encode("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(leafKey)))
	return c
})

func newKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

func encode(kind string, content []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
}

// must is for what fails by a mistake in this file only.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
